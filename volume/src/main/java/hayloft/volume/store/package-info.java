/// Volumes and the store of them: opening, recovery, group commit, reading, marking dead.
///
/// Belongs here: how the files of a volume work together, and the volume server's two doors,
/// [hayloft.common.volume.VolumeClient] and [hayloft.common.volume.VolumeHost]. Belongs elsewhere: the bytes of each
/// file (`needle`, `index`, `dead`).
@NullMarked
package hayloft.volume.store;

import org.jspecify.annotations.NullMarked;
