/// The catalog's rows: their keys, their values, and which rows follow from a mutation.
///
/// Belongs here: the one class that knows each key and value format, and the derivation of rows from a needle's meta.
/// Belongs elsewhere: what a reader makes of rows (`objects`, `uploads`), the store that keeps them (`keystore`).
@NullMarked
package hayloft.filer.rows;

import org.jspecify.annotations.NullMarked;
