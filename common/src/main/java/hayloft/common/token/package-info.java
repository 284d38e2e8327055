/// Signed permission to touch one file id: the master gives it, the volume server checks it.
///
/// Belongs here: the token's form and its signature. Belongs elsewhere: who may have one (`master`), where it is asked for (`volume`).
@NullMarked
package hayloft.common.token;

import org.jspecify.annotations.NullMarked;
