/// The door of the filer: the catalog of buckets, objects, versions and uploads, as the gateway uses it.
///
/// Belongs here: [hayloft.filer.Catalog] and its values. Behind it, each in a package of its own: the mutations and
/// their bytes, rows and the key store, commit, replay, garbage collection. Belongs elsewhere: HTTP, XML, signatures
/// (`s3-gateway`); where needles lie (`volume`).
@NullMarked
package hayloft.filer;

import org.jspecify.annotations.NullMarked;
