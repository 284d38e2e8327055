package hayloft.master.placement;

import hayloft.common.volume.VolumeSpec;

/// How volumes are opened and leased.
///
/// @param openVolumes how many volumes of one kind (purpose, collection, placement, disk type) are open for writing at
///   a time
/// @param mostOpenVolumes how many there may be when callers except the others, for instance because their disks are
///   full for now
/// @param volumeLimitBytes size at which a volume counts as full
/// @param keysPerLease how many keys a lease hands out; each lease costs one synced record of the log
public record PlacementConfig(int openVolumes, int mostOpenVolumes, long volumeLimitBytes, int keysPerLease) {

  public static final PlacementConfig DEFAULTS = new PlacementConfig(2, 16, 30_000_000_000L, 1 << 16);

  public PlacementConfig {
    require("placement.openVolumes", openVolumes, 1, 1024);
    require("placement.mostOpenVolumes", mostOpenVolumes, openVolumes, 4096);
    require("placement.volumeLimitBytes", volumeLimitBytes, 1 << 20, VolumeSpec.MAX_LIMIT_BYTES);
    require("placement.keysPerLease", keysPerLease, 1, 1 << 30);
  }

  private static void require(String name, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(name + " must be between " + least + " and " + most + ", got " + value);
    }
  }

  public PlacementConfig withOpenVolumes(int volumes) {
    return new PlacementConfig(volumes, Math.max(volumes, mostOpenVolumes), volumeLimitBytes, keysPerLease);
  }

  public PlacementConfig withVolumeLimitBytes(long limitBytes) {
    return new PlacementConfig(openVolumes, mostOpenVolumes, limitBytes, keysPerLease);
  }
}
