/// `hayloft server`: every role in one process.
///
/// Belongs here: settings, credentials, the store's key, the composition of the rooms, starting and stopping. Belongs
/// elsewhere: everything that the rooms do.
@NullMarked
package hayloft.cli.server;

import org.jspecify.annotations.NullMarked;
