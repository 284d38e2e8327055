package hayloft.master;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeState;
import hayloft.master.placement.Demand;
import hayloft.master.placement.NodeSpace;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/// How far the volumes may grow that programs ask for, so that the store keeps what it needs itself: descriptors,
/// threads, space. Stateless.
///
/// What the store opens for its own needles is not held up by this.
final class BlobBounds {

  /// Names of collections that blobs lie in at a time.
  static final int MOST_COLLECTIONS = 100;
  /// Volumes for blobs that are open for writing, each with a thread of its own.
  static final int MOST_OPEN = 500;
  /// What a volume has open while it is written.
  private static final int DESCRIPTORS = 6;
  /// Left for connections and for volumes of the store's own.
  private static final int SPARE_FRACTION = 8;
  /// The part of its limit that has to be free for each volume that is asked for ahead.
  private static final int SPACE_FRACTION = 16;

  private BlobBounds() {}

  /// @param coming volumes that are being created
  /// @throws IllegalArgumentException if it would be a collection too many
  static void requireCollection(Demand demand, Collection<VolumeEntry> volumes, List<Growth> coming) {
    Set<String> names = volumes.stream().filter(BlobBounds::isInUse).map(volume -> volume.spec().collection())
        .collect(Collectors.toSet());
    coming.stream().map(Growth::volume).filter(BlobBounds::isInUse).map(volume -> volume.spec().collection())
        .forEach(names::add);
    names.remove("");
    String wanted = demand.collection();
    if (demand.purpose() == VolumePurpose.BLOB && !wanted.isEmpty() && !names.contains(wanted)
        && names.size() >= MOST_COLLECTIONS) {
      throw new IllegalArgumentException("collection \"" + wanted + "\" would be one too many: there are "
          + names.size() + ", and at most " + MOST_COLLECTIONS);
    }
  }

  private static boolean isInUse(VolumeEntry volume) {
    return volume.purpose() == VolumePurpose.BLOB && volume.state() != VolumeState.RETIRED;
  }

  /// @param more volumes to be opened
  /// @throws NoWritableVolumeException if there are too few descriptors for them
  static void requireDescriptors(int more) throws NoWritableVolumeException {
    OptionalLong limit = FileDescriptors.limit();
    OptionalLong free = FileDescriptors.free();
    if (limit.isPresent() && free.isPresent()
        && (long) more * DESCRIPTORS > free.getAsLong() - limit.getAsLong() / SPARE_FRACTION) {
      throw new NoWritableVolumeException(more + " more volumes need " + (long) more * DESCRIPTORS
          + " file descriptors, and of " + limit.getAsLong() + " only " + Math.max(0, free.getAsLong())
          + " are free, some of which are kept for other uses");
    }
  }

  /// @param open volumes of the purpose that are open
  /// @throws NoWritableVolumeException if so many more would be too many, or the disks have no space for them
  static void requireRoom(Demand demand, int more, long open, long limitBytes, List<NodeSpace> space)
      throws NoWritableVolumeException {
    if (open + more > MOST_OPEN) {
      throw new NoWritableVolumeException(more + " more volumes would be too many: " + open + " for "
          + demand.purpose() + " needles are open, and at most " + MOST_OPEN);
    }
    long wanted = limitBytes / SPACE_FRACTION * more;
    long room = space.stream().flatMap(node -> node.disks().stream()).filter(DiskStatus::writable)
        .mapToLong(disk -> Math.max(0, disk.freeBytes() - disk.reserveBytes())).sum();
    if (wanted > room) {
      throw new NoWritableVolumeException(more + " more volumes need " + wanted
          + " bytes to begin with (a sixteenth of what they may hold), and the disks have " + room + " free");
    }
  }
}
