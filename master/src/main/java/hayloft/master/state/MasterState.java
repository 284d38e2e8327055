package hayloft.master.state;

import hayloft.common.CommitSequence;
import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.VolumeState;
import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Everything the master must not forget: what was handed out, who is there, which volume lives where.
///
/// Deterministic: [#apply] looks at nothing but this state and the command. Not thread-safe; guarded by whoever owns
/// it.
public final class MasterState {

  /// Epochs that are left out when somebody knows of higher ones than the log: it was lost or is an old copy, and what
  /// it gave out since is unknown. Of 8 million epochs a start that writes takes one.
  static final long LOST_EPOCHS = 1024;
  /// What a log without a word about it counts by: 20 bits of epoch, one of them kept clear as the sign.
  private static final int FIRST_LEVEL = 1;
  private static final long MAX_EPOCH_OF_FIRST_LEVEL = (1L << 19) - 1;

  private final SortedMap<String, NodeAddress> nodes = new TreeMap<>();
  private final SortedMap<Integer, VolumeEntry> volumes = new TreeMap<>();
  private int highestVolumeId;
  private long highestKey;
  private long epoch;
  private int level = FIRST_LEVEL;

  public MasterState() {}

  /// As a snapshot kept it.
  MasterState(int level, int highestVolumeId, long highestKey, long epoch, Collection<NodeAddress> nodes,
      Collection<VolumeEntry> volumes) {
    this.level = level;
    this.highestVolumeId = highestVolumeId;
    this.highestKey = highestKey;
    this.epoch = epoch;
    nodes.forEach(node -> this.nodes.put(node.id(), node));
    volumes.forEach(volume -> this.volumes.put(volume.id(), volume));
  }

  public Outcome apply(Command command) {
    return switch (command) {
      case Command.RegisterNode(var node) -> {
        nodes.put(node.id(), node);
        yield new Outcome.Done();
      }
      case Command.RaiseFloors(int volume, long key) -> {
        highestVolumeId = Math.max(highestVolumeId, volume);
        highestKey = Math.max(highestKey, key);
        yield new Outcome.Done();
      }
      case Command.ReserveVolumeId _ -> takeVolumeId();
      case Command.ReserveKeys(int count) -> takeKeys(count);
      case Command.TakeEpoch(long floor) -> takeEpoch(floor);
      case Command.RaiseLevel(int next) -> raise(next);
      case Command.ForgetVolume(int volume) -> {
        highestVolumeId = Math.max(highestVolumeId, volume);
        volumes.remove(volume);
        yield new Outcome.Done();
      }
      case Command.RecordVolume(var volume) -> record(volume);
      case Command.MoveVolume move -> move(move);
      case Command.AssignPurpose assignment -> assign(assignment);
    };
  }

  private Outcome takeVolumeId() {
    if (highestVolumeId == Integer.MAX_VALUE) {
      return new Outcome.Refused("all volume ids are spent");
    }
    highestVolumeId++;
    return new Outcome.VolumeIdTaken(highestVolumeId);
  }

  private Outcome takeKeys(int count) {
    if (highestKey > Long.MAX_VALUE - count) {
      return new Outcome.Refused("all needle keys are spent");
    }
    long first = highestKey + 1;
    highestKey += count;
    return new Outcome.KeysTaken(first, count);
  }

  private Outcome takeEpoch(long floor) {
    long highest = level == FIRST_LEVEL ? MAX_EPOCH_OF_FIRST_LEVEL : CommitSequence.MAX_EPOCH;
    long known = Math.max(epoch, floor);
    boolean forgotten = level > FIRST_LEVEL && floor > epoch && known + LOST_EPOCHS < highest;
    long next = known + 1 + (forgotten ? LOST_EPOCHS : 0);
    if (next > highest) {
      return new Outcome.Refused("all epochs up to " + highest + " are spent");
    }
    long predecessor = epoch;
    epoch = next;
    return new Outcome.EpochTaken(next, predecessor);
  }

  private Outcome raise(int next) {
    if (next <= level) {
      return new Outcome.Done();
    }
    if (level == FIRST_LEVEL) {
      epoch = CommitSequence.ofLevelOne(epoch);
    }
    level = next;
    return new Outcome.Done();
  }

  private Outcome record(VolumeEntry volume) {
    if (volumes.containsKey(volume.id())) {
      return new Outcome.Refused("volume " + volume.id() + " is recorded already");
    }
    highestVolumeId = Math.max(highestVolumeId, volume.id());
    volumes.put(volume.id(), volume);
    return new Outcome.Done();
  }

  private Outcome move(Command.MoveVolume move) {
    var volume = volumes.get(move.volume());
    if (volume == null) {
      return new Outcome.Refused("no volume " + move.volume());
    }
    if (volume.state() == move.next()) {
      return new Outcome.Done();
    }
    boolean forward = switch (move.next()) {
      case WRITABLE -> false;
      case SEALED -> volume.state() == VolumeState.WRITABLE;
      case RETIRED -> volume.state() == VolumeState.SEALED;
    };
    if (!forward) {
      return new Outcome.Refused("volume " + volume.id() + " is " + volume.state() + ", no way to " + move.next());
    }
    volumes.put(volume.id(), volume.moveTo(move.next()));
    return new Outcome.Done();
  }

  private Outcome assign(Command.AssignPurpose assignment) {
    var volume = volumes.get(assignment.volume());
    if (volume == null || volume.purpose() != VolumePurpose.UNASSIGNED) {
      return new Outcome.Refused("volume " + assignment.volume() + " is not there to be assigned");
    }
    volumes.put(volume.id(), volume.openedFor(assignment.purpose()));
    return new Outcome.Done();
  }

  /// 0 while none was handed out.
  public int highestVolumeId() {
    return highestVolumeId;
  }

  /// 0 while none was handed out.
  public long highestKey() {
    return highestKey;
  }

  /// The epoch last handed out, 0 while none was.
  public long epoch() {
    return epoch;
  }

  /// The level of formats that the numbers are of.
  public int level() {
    return level;
  }

  /// By id; a view.
  public Collection<VolumeEntry> volumes() {
    return Collections.unmodifiableCollection(volumes.values());
  }

  public Optional<VolumeEntry> volume(int id) {
    return Optional.ofNullable(volumes.get(id));
  }

  /// By id; a view.
  public Collection<NodeAddress> nodes() {
    return Collections.unmodifiableCollection(nodes.values());
  }

  public Optional<NodeAddress> node(String id) {
    return Optional.ofNullable(nodes.get(id));
  }
}
