/// Commands that show buckets and objects as a tree of paths.
///
/// Belongs here: one class per command, with its options and how its answer looks. Belongs elsewhere: sending and
/// reading (`hayloft.cli.shell`), doing (`hayloft.cli.admin`).
@NullMarked
package hayloft.cli.shell.tree;

import org.jspecify.annotations.NullMarked;
