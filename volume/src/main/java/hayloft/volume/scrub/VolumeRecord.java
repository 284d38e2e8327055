package hayloft.volume.scrub;

import hayloft.common.volume.VolumePosition;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What is known of one volume: where its present pass is, when it was verified last, and what was found. Immutable.
///
/// @param position of the pass under way; everything before it was read in this pass
/// @param passBegun when; empty if none is under way
/// @param verified when the last complete pass began: no byte has gone unread for longer; empty if there was none
public record VolumeRecord(int volume, VolumePosition position, Optional<Instant> passBegun,
    Optional<Instant> verified, List<Damage> damages) {

  public VolumeRecord {
    damages = List.copyOf(damages);
    assert position.volume() == volume : "a position of volume " + position.volume() + " in the record of " + volume;
    for (Damage damage : damages) {
      assert damage.volume() == volume : "damage of volume " + damage.volume() + " in the record of " + volume;
    }
  }

  static VolumeRecord fresh(int volume) {
    return new VolumeRecord(volume, VolumePosition.start(volume), Optional.empty(), Optional.empty(), List.of());
  }

  VolumeRecord begun(Instant now) {
    return new VolumeRecord(volume, VolumePosition.start(volume), Optional.of(now), verified, damages);
  }

  VolumeRecord at(VolumePosition next) {
    assert next.generation() != position.generation() || next.offsetBytes() >= position.offsetBytes()
        : "a pass went back from " + position + " to " + next;
    return new VolumeRecord(volume, next, passBegun, verified, damages);
  }

  VolumeRecord withDamages(List<Damage> next) {
    return new VolumeRecord(volume, position, passBegun, verified, next);
  }

  /// Another pass, which was not kept here, came to its end.
  VolumeRecord verifiedAt(Instant begun) {
    return new VolumeRecord(volume, position, passBegun, Optional.of(begun), damages);
  }

  /// The pass came to its end.
  VolumeRecord ended(Instant begun) {
    return new VolumeRecord(volume, VolumePosition.start(volume), Optional.empty(), Optional.of(begun), damages);
  }
}
