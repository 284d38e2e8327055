/// `hayloft health`: asks the server of this machine whether it serves, for container engines and scripts that have no
/// HTTP client.
///
/// Belongs here: the question and what its exit code says. Belongs elsewhere: what a server answers
/// (`hayloft.common.health`).
@NullMarked
package hayloft.cli.health;

import org.jspecify.annotations.NullMarked;
