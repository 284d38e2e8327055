/// How far long work is: a bar with rate and time left on a terminal, now and then a line in a log.
///
/// Belongs here: counting and showing. Belongs elsewhere: the work.
@NullMarked
package hayloft.cli.progress;

import org.jspecify.annotations.NullMarked;
