/// The admin port: what `hayloft shell` asks a running server to do, who may ask, and what is written down of it.
///
/// Belongs here: authentication of administrators, the audit log, the admin lock, jobs, and one class per family of
/// commands that puts the rooms' own methods together. Belongs elsewhere: how answers look to people
/// (`hayloft.cli.shell`), and everything that a room can do by itself.
@NullMarked
package hayloft.cli.admin;

import org.jspecify.annotations.NullMarked;
