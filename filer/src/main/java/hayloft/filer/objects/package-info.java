/// Objects and their versions: finding, putting, deleting, tagging, listing them.
///
/// Belongs here: what a reader makes of a key's rows, S3's listing order and roll-up, the mutations of single keys.
/// Belongs elsewhere: uploads (`uploads`), buckets (`buckets`), the way of a mutation into the store (`commit`).
@NullMarked
package hayloft.filer.objects;

import org.jspecify.annotations.NullMarked;
