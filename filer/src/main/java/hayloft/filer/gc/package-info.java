/// Garbage collection: dead marks for what no reader reaches any more, so that nothing comes back whichever of them is
/// lost.
///
/// Belongs here: what is dead in a key, an upload, a bucket, a user; killers that wait for what they killed; orphan
/// chunks; what steps aside; the collector's thread. Belongs elsewhere: how marks are made (`commit`), giving space
/// back (`volume`), what notes garbage down (`rows`).
@NullMarked
package hayloft.filer.gc;

import org.jspecify.annotations.NullMarked;
