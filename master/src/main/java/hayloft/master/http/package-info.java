/// The master's port, for programs that keep file ids themselves and for people.
///
/// Belongs here: paths, parameters and the JSON names that users of this design know. Belongs elsewhere: every decision
/// (`hayloft.master`), health (`hayloft.common.health`).
@NullMarked
package hayloft.master.http;

import org.jspecify.annotations.NullMarked;
