/// Signed permission to touch one file id, which the master gives, or all of them, which the operator gives; who may do
/// what without.
///
/// Belongs here: the token's form and its signature. Belongs elsewhere: where it is asked for (`master`, `volume`), how
/// it is configured (`cli`).
@NullMarked
package hayloft.common.token;

import org.jspecify.annotations.NullMarked;
