/// Ordered keys and values, kept somewhere: what the catalog's rows lie in.
///
/// Belongs here: the [hayloft.filer.keystore.KeyStore] door (get, atomic batch, range cursor, flush) and the stores
/// behind it, RocksDB today. Belongs elsewhere: what a key or a value means (`hayloft.filer.rows`), every word of S3.
@NullMarked
package hayloft.filer.keystore;

import org.jspecify.annotations.NullMarked;
