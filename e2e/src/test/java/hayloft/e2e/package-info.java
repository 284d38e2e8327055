/// End to end: the real program as a process of its own, real clients, real kills.
///
/// Belongs here: what a user would notice. Belongs elsewhere: anything that needs a class of the program.
@NullMarked
package hayloft.e2e;

import org.jspecify.annotations.NullMarked;
