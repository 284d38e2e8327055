package hayloft.common.volume;

import hayloft.common.placement.ReplicaPlacement;

/// What the master asks a volume server to create.
///
/// @param id never handed out before
/// @param limitBytes size at which the volume counts as full; at most 32 GiB, what 4-byte offsets in 8-byte units reach
public record VolumeSpec(int id, String collection, ReplicaPlacement placement, String diskType, long limitBytes) {

  /// Reach of a 4-byte offset in 8-byte units.
  public static final long MAX_LIMIT_BYTES = 32L << 30;

  public VolumeSpec {
    if (id <= 0) {
      throw new IllegalArgumentException("volume id must be positive, got " + id);
    }
    if (limitBytes <= 0 || limitBytes > MAX_LIMIT_BYTES) {
      throw new IllegalArgumentException(
          "volume limit must be between 1 byte and " + MAX_LIMIT_BYTES + " bytes, got " + limitBytes);
    }
  }
}
