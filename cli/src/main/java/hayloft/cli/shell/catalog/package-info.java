/// Commands about the catalog.
///
/// Belongs here: one class per command, with its options and how its answer looks. Belongs elsewhere: sending and
/// reading (`hayloft.cli.shell`), doing (`hayloft.cli.admin`).
@NullMarked
package hayloft.cli.shell.catalog;

import org.jspecify.annotations.NullMarked;
