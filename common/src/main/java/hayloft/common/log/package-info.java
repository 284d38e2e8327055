/// Logs with many lines, which nobody may wait for: what happens often, written behind the back of those it happens to.
///
/// Belongs here: the bounded queue and its writing thread, the file that a rotation may take away. Belongs elsewhere: what a line
/// says; events and faults, which go to `System.Logger`.
@NullMarked
package hayloft.common.log;

import org.jspecify.annotations.NullMarked;
