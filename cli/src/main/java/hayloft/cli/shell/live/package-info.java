/// Commands that look at a server while it works, and at nothing else of it: its log, its requests.
///
/// Belongs here: one class per command, with its options and how its answer looks. Belongs elsewhere: sending and
/// reading (`hayloft.cli.shell`), doing (`hayloft.cli.admin`).
@NullMarked
package hayloft.cli.shell.live;

import org.jspecify.annotations.NullMarked;
