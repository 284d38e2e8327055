/// `hayloft volume`: tools for the files of a store that work on the files themselves, whether a server can be started
/// or not. They write nothing into a data directory.
///
/// Belongs here: what is shown of volume files, and in which words. Belongs elsewhere: how they are read
/// (`hayloft.volume.inspect`), tools that talk to a running server.
@NullMarked
package hayloft.cli.volume;

import org.jspecify.annotations.NullMarked;
