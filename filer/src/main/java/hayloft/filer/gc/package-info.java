/// Garbage collection: dead marks for what no reader reaches any more, in an order that a rebuild survives.
///
/// Belongs here: what is dead in a key, an upload, a bucket, a user; orphan chunks; the order of marks; the collector's
/// thread. Belongs elsewhere: giving space back (`volume`), what notes garbage down (`rows`).
@NullMarked
package hayloft.filer.gc;

import org.jspecify.annotations.NullMarked;
