package hayloft.common.volume;

import java.util.EnumSet;
import java.util.Set;

/// The life of a volume. The master decides each move, the volume server carries it out and reports.
///
///     WRITABLE --full, or a replica failed--> SEALED --all needles dead--> RETIRED; its id is never used again
public enum VolumeState {
  WRITABLE,
  SEALED,
  RETIRED;

  private Set<VolumeState> successors() {
    return switch (this) {
      case WRITABLE -> EnumSet.of(SEALED);
      case SEALED -> EnumSet.of(RETIRED);
      case RETIRED -> EnumSet.noneOf(VolumeState.class);
    };
  }

  /// @throws IllegalStateException if no move leads there
  public VolumeState moveTo(VolumeState next) {
    if (!successors().contains(next)) {
      throw new IllegalStateException("no volume moves from " + this + " to " + next);
    }
    return next;
  }
}
