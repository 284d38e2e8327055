package hayloft.master.placement;

import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.master.state.VolumeEntry;
import java.util.Collection;
import java.util.Optional;

/// A volume that is writable in the registry and that a connected server reports. Immutable.
///
/// @param leases how often this master has leased it since it started
public record OpenVolume(VolumeEntry entry, VolumeStatus status, long leases) {

  public int id() {
    return entry.id();
  }

  /// Whether it takes commit needles without data, which may use the reserve of its disk and the last piece of its
  /// limit.
  boolean takesCommits() {
    boolean stands = status.unwritable().map(reason -> switch (reason) {
      case NO_SPACE, FULL -> true;
      case SEALED, FAILED, READ_ONLY -> false;
    }).orElse(true);
    return stands && status.sizeBytes() < entry.spec().limitBytes();
  }

  /// Whether the volume has come to its end and can be sealed: `others` has one of its kind that goes on. The last one
  /// of a kind stays open, for the sake of commit needles without data, until another can be opened.
  public boolean isSpent(Collection<OpenVolume> others) {
    Optional<Reason> reason = status.unwritable();
    boolean failed = reason.isPresent() && (reason.get() == Reason.FAILED || reason.get() == Reason.SEALED);
    boolean full = reason.equals(Optional.of(Reason.FULL)) || status.sizeBytes() >= entry.spec().limitBytes();
    return failed || full && hasSuccessor(others);
  }

  /// Whether another volume of its kind goes on without it.
  public boolean hasSuccessor(Collection<OpenVolume> others) {
    return others.stream().anyMatch(other -> isOfSameKind(other) && other.takesCommits()
        && !other.status.unwritable().equals(Optional.of(Reason.FULL)));
  }

  private boolean isOfSameKind(OpenVolume other) {
    VolumeSpec mine = entry.spec();
    VolumeSpec its = other.entry.spec();
    return other.id() != id() && other.entry.purpose() == entry.purpose() && its.collection().equals(mine.collection())
        && its.placement().equals(mine.placement()) && its.diskType().equals(mine.diskType());
  }

  public boolean takesAppends() {
    return status.unwritable().isEmpty() && status.sizeBytes() < entry.spec().limitBytes();
  }
}
