/// `hayloft shell`: the commands that administrators give to a running server, typed one by one, in a script, or behind
/// `-c`.
///
/// Belongs here: how commands are read and completed, how they are sent, and how answers look. Each command is a class
/// of its own in a package of its family. Belongs elsewhere: what a command does (`hayloft.cli.admin`, on the server).
@NullMarked
package hayloft.cli.shell;

import org.jspecify.annotations.NullMarked;
