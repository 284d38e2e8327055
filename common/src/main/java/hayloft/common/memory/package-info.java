/// How full the memory is that bodies and answers pass through, and what clients make the process keep of it.
///
/// Belongs here: the gauge that every room reads before it takes more, claims, and bytes gathered under a claim.
/// Belongs elsewhere: what a room does when memory is short (smaller pieces, smaller chunks, a refusal), and who gets
/// how much.
@NullMarked
package hayloft.common.memory;

import org.jspecify.annotations.NullMarked;
