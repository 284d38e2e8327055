/// What the master knows, as a state machine: commands in, outcomes out.
///
/// Belongs here: the state, its commands, and the one class that knows them as JSON. No clock, no randomness, no files:
/// the same commands in the same order give the same state everywhere, so that consensus can be put below it.
/// Belongs elsewhere: how commands are kept (`log`), which command is wise (`placement`).
@NullMarked
package hayloft.master.state;

import org.jspecify.annotations.NullMarked;
