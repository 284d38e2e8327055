/// One change of the catalog, and its bytes: the meta of a commit needle.
///
/// Belongs here: the sealed [hayloft.filer.mutation.Mutation], the tagged fields, the codec of format version 1.
/// Belongs elsewhere: the rows that follow from a mutation (`hayloft.filer.rows`), appending it
/// (`hayloft.filer.commit`).
@NullMarked
package hayloft.filer.mutation;

import org.jspecify.annotations.NullMarked;
