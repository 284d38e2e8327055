/// The volume server: needles in volume files on disks.
///
/// Belongs here: the store that opens volumes and serves [hayloft.common.volume.VolumeClient]. In packages below: the
/// needle, the index, appending, compaction, disks. Belongs elsewhere: names, buckets, every word of S3.
@NullMarked
package hayloft.volume;

import org.jspecify.annotations.NullMarked;
