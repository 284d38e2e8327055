/// Truths that are lost: needles that cannot be read and were the newest that was known of something.
///
/// Belongs here: the index of them that readers ask, their names for people, giving them up, giving a whole volume up.
/// Belongs elsewhere: finding them (`replay`), their rows (`rows`), what is done with needles that are dead (`gc`).
@NullMarked
package hayloft.filer.losses;

import org.jspecify.annotations.NullMarked;
