/// `hayloft completion`: what shells need to know to complete the program's commands.
///
/// Belongs here: the tree of commands as parsers know it, and one class for each shell that writes it down in that
/// shell's language. Belongs elsewhere: Tab at the prompt of `hayloft shell`, which asks a server, too
/// (`hayloft.cli.shell`).
@NullMarked
package hayloft.cli.completion;

import org.jspecify.annotations.NullMarked;
