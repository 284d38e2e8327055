package hayloft.master.placement;

import hayloft.common.volume.VolumeStatus;
import hayloft.master.state.VolumeEntry;

/// A volume that is writable in the registry and that a connected server reports. Immutable.
///
/// @param leases how often this master has leased it since it started
public record OpenVolume(VolumeEntry entry, VolumeStatus status, long leases) {

  int id() {
    return entry.id();
  }

  boolean takesAppends() {
    return status.unwritable().isEmpty() && status.sizeBytes() < entry.spec().limitBytes();
  }
}
