/// Buckets and their settings.
///
/// Belongs here: the table of buckets in memory, creating, changing and deleting them. Belongs elsewhere: what is in a
/// bucket (`objects`, `uploads`), what its settings mean (`s3-gateway`).
@NullMarked
package hayloft.filer.buckets;

import org.jspecify.annotations.NullMarked;
