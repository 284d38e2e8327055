/// The needle index: where in its file each live needle of a volume lies.
///
/// Belongs here: the index log (`7.idx`) and the mapped hash table (`7.map`), both caches of the volume file.
/// Belongs elsewhere: reading needles (`needle`), deciding which file is to be believed (`store`).
@NullMarked
package hayloft.volume.index;

import org.jspecify.annotations.NullMarked;
