package hayloft.filer.commit;

import hayloft.common.placement.ReplicaPlacement;

/// What volumes a catalog writes to.
///
/// @param volumesPerStream open volumes that the needles of one stream are spread over
public record LeaseConfig(int volumesPerStream, String collection, ReplicaPlacement placement, String diskType) {

  public static final LeaseConfig DEFAULTS = new LeaseConfig(2, "", ReplicaPlacement.NONE, "");

  public LeaseConfig {
    if (volumesPerStream < 1 || volumesPerStream > 64) {
      throw new IllegalArgumentException("leases.volumesPerStream must be between 1 and 64, got " + volumesPerStream);
    }
  }

  public LeaseConfig withVolumesPerStream(int next) {
    return new LeaseConfig(next, collection, placement, diskType);
  }
}
