/// How full the memory is that bodies and answers pass through.
///
/// Belongs here: the gauge that every room reads before it takes more. Belongs elsewhere: what a room does when memory is
/// short (smaller pieces, smaller chunks, a refusal).
@NullMarked
package hayloft.common.memory;

import org.jspecify.annotations.NullMarked;
