/// The way of a mutation into the store: its key's lock, its sequence, its needle, its rows; and the points at which
/// all of that is known to be over.
///
/// Belongs here: stripes, sequences, the grace period, leases of volumes, the committer, the checkpointer. Belongs
/// elsewhere: what is to be committed and whether (`hayloft.filer`), the bytes (`mutation`), the rows (`rows`).
@NullMarked
package hayloft.filer.commit;

import org.jspecify.annotations.NullMarked;
