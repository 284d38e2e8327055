/// How much may be in a bucket.
///
/// Belongs here: what a quota says, counting what a bucket holds, refusing what exceeds it. Belongs elsewhere: where
/// the setting is kept (`buckets`), what clients are told (`s3-gateway`).
@NullMarked
package hayloft.filer.quota;

import org.jspecify.annotations.NullMarked;
