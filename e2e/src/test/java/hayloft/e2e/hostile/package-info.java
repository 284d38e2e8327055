/// Strangers and greedy users against the real process: every parser fuzzed, every resource exhausted.
///
/// Belongs here: what makes nonsense (`Grammar`, `Mutator`), what judges the answers (`Framing`, `Answers`), crowds of
/// connections (`Crowd`, `Attacks`) and the one who must not notice (`Bystander`). Belongs elsewhere: a fault that was
/// found here, once it is understood (a test beside the class that has it), and single clients that misbehave
/// (`hayloft.e2e`).
@NullMarked
package hayloft.e2e.hostile;

import org.jspecify.annotations.NullMarked;
