package hayloft.cli.server;

import hayloft.common.directory.DataDirectory;
import hayloft.common.directory.DiskSpace;
import java.io.IOException;
import java.util.List;

/// What suits the disks that a store lies on, where the configuration leaves it open. Immutable.
///
/// @param minFreeBytes free space that writes leave alone: 1 GB, or 5 % of the smallest disk if that is less
/// @param volumeLimitBytes size of a volume: 30 GB, or a twentieth of the smallest disk if that is less, so that
///   compaction finds room for its copy; not below 64 MiB, what one blob may have
/// @param volumesPerStream volumes that needles of one kind go to at a time: one a directory, at most 16. Two on one
///   disk share the needles of a group commit between two syncs: a durable PUT of 4 KiB by 16 clients then cost a fifth
///   more of the server's CPU time
record DiskDefaults(long minFreeBytes, long volumeLimitBytes, int volumesPerStream) {

  private static final long USUAL_RESERVE_BYTES = 1_000_000_000L;
  private static final long USUAL_LIMIT_BYTES = 30_000_000_000L;
  private static final long LEAST_LIMIT_BYTES = 64L << 20;
  private static final int FRACTION = 20;
  private static final int MOST_VOLUMES = 16;

  static DiskDefaults of(List<DataDirectory> directories) throws IOException {
    long smallest = Long.MAX_VALUE;
    for (DataDirectory directory : directories) {
      smallest = Math.min(smallest, DiskSpace.of(directory.path()).totalBytes());
    }
    return of(smallest, directories.size());
  }

  static DiskDefaults of(long smallestDiskBytes, int directories) {
    long share = smallestDiskBytes / FRACTION;
    return new DiskDefaults(Math.min(USUAL_RESERVE_BYTES, share),
        Math.min(USUAL_LIMIT_BYTES, Math.max(LEAST_LIMIT_BYTES, share)), Math.min(MOST_VOLUMES, directories));
  }
}
