/// The master: which volume lives where.
///
/// Belongs here: ids, leases, topology, placement, growth, and the state machine that keeps them. Belongs elsewhere: bytes of
/// volumes (`volume`), names (`filer`).
@NullMarked
package hayloft.master;

import org.jspecify.annotations.NullMarked;
