/// Which volume takes the next needles, and where a new one grows.
///
/// Belongs here: decisions, as functions of what is known. Belongs elsewhere: remembering them (`log`, `state`),
/// carrying them out (`hayloft.master`).
@NullMarked
package hayloft.master.placement;

import org.jspecify.annotations.NullMarked;
