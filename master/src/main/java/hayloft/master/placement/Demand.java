package hayloft.master.placement;

import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.util.regex.Pattern;

/// The kind of volume that is wanted. Immutable.
///
/// @param diskType empty for any
public record Demand(VolumePurpose purpose, String collection, ReplicaPlacement placement, String diskType) {

  private static final Pattern COLLECTION = Pattern.compile("[A-Za-z0-9._-]{0,63}");

  /// @throws IllegalArgumentException if the placement asks for copies, which do not exist yet, or the collection has
  /// no such name
  public Demand {
    if (!COLLECTION.matcher(collection).matches()) {
      throw new IllegalArgumentException(
          "a collection's name has at most 63 letters, digits, dots, dashes and underscores");
    }
    if (placement.copies() != 1) {
      throw new IllegalArgumentException(
          "replication " + placement + " cannot be served yet: this version keeps one copy, use 000");
    }
  }

  /// Whether the volume was opened for such needles.
  public boolean isServedBy(VolumeEntry volume) {
    return volume.purpose() == purpose && fits(volume.spec());
  }

  boolean mayAdopt(VolumeEntry volume) {
    return volume.purpose() == VolumePurpose.UNASSIGNED && fits(volume.spec());
  }

  private boolean fits(VolumeSpec spec) {
    return spec.collection().equals(collection) && spec.placement().equals(placement)
        && spec.diskType().equals(diskType);
  }

  boolean isMetBy(String offeredDiskType) {
    return diskType.isEmpty() || diskType.equals(offeredDiskType);
  }
}
