/// `hayloft alias`: names for stores, so that where a store is and the keys for it are written once.
///
/// Belongs here: one class per command. Belongs elsewhere: the file with the aliases, and what a client does with one
/// (`hayloft.cli.client`).
@NullMarked
package hayloft.cli.alias;

import org.jspecify.annotations.NullMarked;
