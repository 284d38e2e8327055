/// The whole store in one process, on real files and at small sizes, so that a hundred thousand cases of damage take
/// an hour.
///
/// Belongs here: generated damage, long random runs and long churn over all rooms at once, composed as the server
/// composes them. Belongs elsewhere: what needs a process, a port or a client (`hayloft.e2e`), what one room can
/// prove alone (beside the room).
@NullMarked
package hayloft.e2e.damage;

import org.jspecify.annotations.NullMarked;
