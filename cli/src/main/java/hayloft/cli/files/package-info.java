/// Files that commands write: for whoever called them, there whole or not at all; and for themselves, gone afterwards.
///
/// Belongs here: how such a file gets its name. Belongs elsewhere: what is in it; files that grow and are read while
/// they do, as the log of an audit.
@NullMarked
package hayloft.cli.files;

import org.jspecify.annotations.NullMarked;
