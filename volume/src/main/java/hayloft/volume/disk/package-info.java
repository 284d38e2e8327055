/// The file system below a volume, behind an interface that a simulated disk implements too.
///
/// Belongs here: files, positions, syncs. Belongs elsewhere: what the bytes mean.
@NullMarked
package hayloft.volume.disk;

import org.jspecify.annotations.NullMarked;
