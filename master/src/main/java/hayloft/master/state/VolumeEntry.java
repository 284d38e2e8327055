package hayloft.master.state;

import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import java.time.Instant;
import java.util.List;

/// One volume in the master's registry. Immutable.
///
/// @param nodes ids of the volume servers that hold it, the first one written to first
/// @param createdAt when the master first heard of it
public record VolumeEntry(VolumeSpec spec, VolumePurpose purpose, VolumeState state, List<String> nodes,
    Instant createdAt) {

  public VolumeEntry {
    nodes = List.copyOf(nodes);
    if (nodes.isEmpty()) {
      throw new IllegalArgumentException("volume " + spec.id() + " is on no node");
    }
  }

  public int id() {
    return spec.id();
  }

  VolumeEntry moveTo(VolumeState next) {
    return new VolumeEntry(spec, purpose, state.moveTo(next), nodes, createdAt);
  }

  VolumeEntry openedFor(VolumePurpose assigned) {
    return new VolumeEntry(spec, assigned, state, nodes, createdAt);
  }
}
