package hayloft.master.state;

import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.VolumeState;

/// A change of the master's state. Immutable. Whatever depends on a clock or on chance is decided before and comes
/// inside.
public sealed interface Command {

  /// A volume server joined, or came back with another address.
  record RegisterNode(NodeAddress node) implements Command {}

  /// Nothing at or below these numbers is handed out from now on. Lower numbers than the state's change nothing.
  record RaiseFloors(int volume, long key) implements Command {
    public RaiseFloors {
      if (volume < 0 || key < 0) {
        throw new IllegalArgumentException("floors must not be negative: volume " + volume + ", key " + key);
      }
    }
  }

  /// Takes the next volume id. The volume itself is recorded once it exists; until then, and if it never does, the id
  /// is spent.
  record ReserveVolumeId() implements Command {}

  /// Takes the next `count` needle keys.
  record ReserveKeys(int count) implements Command {
    public ReserveKeys {
      if (count <= 0) {
        throw new IllegalArgumentException("a key range must hold at least one key, got " + count);
      }
    }
  }

  /// Takes the next epoch above `floor`.
  record TakeEpoch(long floor) implements Command {
    public TakeEpoch {
      if (floor < 0) {
        throw new IllegalArgumentException("an epoch floor must not be negative, got " + floor);
      }
    }
  }

  /// From here on the log counts as stores of a level do: level 2 has 16 times as many epochs, so the epoch of before
  /// counts 16 times. A log begins at level 1.
  record RaiseLevel(int level) implements Command {
    public RaiseLevel {
      if (level < 2) {
        throw new IllegalArgumentException("a log is raised to level 2 or above, got " + level);
      }
    }
  }

  /// A volume is gone for good: retired, or given up. Its id stays spent; that it was there need not be remembered.
  record ForgetVolume(int volume) implements Command {
    public ForgetVolume {
      if (volume <= 0) {
        throw new IllegalArgumentException("a volume id is positive, got " + volume);
      }
    }
  }

  /// A volume exists. Refused if one with its id is recorded already.
  record RecordVolume(VolumeEntry volume) implements Command {}

  /// A volume moves on in its life; moving where it is already changes nothing.
  record MoveVolume(int volume, VolumeState next) implements Command {}

  /// An unassigned volume gets a purpose.
  record AssignPurpose(int volume, VolumePurpose purpose) implements Command {}
}
