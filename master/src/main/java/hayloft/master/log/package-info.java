/// The master's memory on disk: a log of commands, each durable before anyone sees what came of it.
///
/// Belongs here: framing, checksums, snapshots, recovery after a crash. Belongs elsewhere: what a command means
/// (`state`).
@NullMarked
package hayloft.master.log;

import org.jspecify.annotations.NullMarked;
