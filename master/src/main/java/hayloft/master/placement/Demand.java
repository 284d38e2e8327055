package hayloft.master.placement;

import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;

/// The kind of volume that is wanted. Immutable.
///
/// @param diskType empty for any
public record Demand(VolumePurpose purpose, String collection, ReplicaPlacement placement, String diskType) {

  /// @throws IllegalArgumentException if the placement asks for copies, which do not exist yet
  public Demand {
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
