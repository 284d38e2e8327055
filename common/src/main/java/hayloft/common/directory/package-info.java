/// Data directories: which directories make up a store, and whether this process may use them.
///
/// Belongs here: the marker `hayloft.json`, the lock, every refusal to start on the wrong directory. Belongs elsewhere:
/// what the rooms keep inside (`volumes/`, `catalog/`, `master/`).
@NullMarked
package hayloft.common.directory;

import org.jspecify.annotations.NullMarked;
