/// What rooms tell the log of the process, events and faults; and logs with many lines, which nobody may wait for.
///
/// Belongs here: the one dialect of events and how values of clients are written and credentials hidden, in every log;
/// the bounded queue and its writing thread, the file that a rotation may take away. Belongs elsewhere: what a line
/// says; where it goes (`cli`).
@NullMarked
package hayloft.common.log;

import org.jspecify.annotations.NullMarked;
