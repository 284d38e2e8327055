/// Commands about buckets, users and their keys.
///
/// Belongs here: one class per command, with its options and how its answer looks. Belongs elsewhere: sending and
/// reading (`hayloft.cli.shell`), doing (`hayloft.cli.admin`).
@NullMarked
package hayloft.cli.shell.s3;

import org.jspecify.annotations.NullMarked;
