/// The door between those who place needles (filer, volume servers) and the one who knows where there is room (master).
///
/// Belongs here: leases, replica placement, node addresses. Belongs elsewhere: how the master decides (`master`).
@NullMarked
package hayloft.common.placement;

import org.jspecify.annotations.NullMarked;
