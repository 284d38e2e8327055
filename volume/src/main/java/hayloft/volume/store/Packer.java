package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.pack.PackedDisk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/// Puts sparse, sealed volumes of one folder into packs. Confined to the thread of the folder's compactor.
///
/// A volume is packed once nothing in it is dead (what is dead is compacted away first) and it was left alone for some
/// rounds, so that one whose objects are still being deleted is not written again and again. Packs that most of their
/// volumes have left, and small ones, of which there are many, are packed again.
final class Packer {
  /// Of a full pack: one with less is small.
  private static final int SMALL_FRACTION = 8;
  /// What a volume's files take at least.
  private static final long LEAST_BYTES = 4 << 10;
  private static final EventLog LOG = EventLog.of(Packer.class);

  private final VolumeFolder folder;
  private final PackedDisk disk;
  private final PackingConfig config;
  private final ClaimedRoom room;
  private final BooleanSupplier isStopped;
  private final Map<Integer, Quiet> quiet = new HashMap<>();
  /// Volumes with files that cannot be read, or that the index does not explain: left alone until a restart.
  private final Set<Integer> leftAlone = new HashSet<>();

  /// How often a volume was found as it is.
  private record Quiet(int generation, long live, long dead, int rounds) {
    boolean isSame(VolumeStatus status) {
      return generation == status.generation() && live == status.liveNeedles() && dead == status.deadNeedles();
    }
  }

  /// @param isStopped whether no other pack is to be begun; one that is being written is small, and is brought to its
  ///   end
  Packer(VolumeFolder folder, PackingConfig config, ClaimedRoom room, BooleanSupplier isStopped) {
    this.folder = folder;
    this.disk = folder.disk();
    this.config = config;
    this.room = room;
    this.isStopped = isStopped;
  }

  /// Begins a round: what has changed since the last?
  ///
  /// @param own all volumes of the folder
  void look(List<Volume> own) {
    Set<Integer> present = new HashSet<>();
    for (Volume volume : own) {
      present.add(volume.id());
      VolumeStatus status = volume.status();
      if (isSparse(volume, status)) {
        Quiet before = quiet.get(volume.id());
        int rounds = before != null && before.isSame(status) ? before.rounds + 1 : 0;
        quiet.put(volume.id(), new Quiet(status.generation(), status.liveNeedles(), status.deadNeedles(), rounds));
      } else {
        quiet.remove(volume.id());
      }
    }
    quiet.keySet().retainAll(present);
    leftAlone.retainAll(present);
  }

  private boolean isSparse(Volume volume, VolumeStatus status) {
    return status.state() == VolumeState.SEALED && status.liveNeedles() > 0 && volume.isPackable()
        && config.isSparse(status.sizeBytes() - status.deadBytes(), status.spec().limitBytes());
  }

  private boolean isDue(Volume volume) {
    Quiet known = quiet.get(volume.id());
    return known != null && known.rounds >= config.quietRounds() && !disk.isPacked(volume.id())
        && !leftAlone.contains(volume.id());
  }

  /// Whether a volume would be packed but for what is dead in it.
  boolean isWorthCompacting(Volume volume, VolumeStatus status) {
    return status.deadBytes() > 0 && isDue(volume);
  }

  /// Packs what is due.
  ///
  /// @param own all volumes of the folder
  void pack(List<Volume> own) throws IOException {
    Map<Integer, Volume> byId = new HashMap<>();
    own.forEach(volume -> byId.put(volume.id(), volume));
    List<Volume> due = new ArrayList<>(
        own.stream().filter(volume -> isDue(volume) && volume.status().deadBytes() == 0).toList());
    addFrom(disk.contents(), byId, due);
    due.sort(Comparator.comparingInt(Volume::id));
    while (due.size() >= config.leastVolumes() && !isStopped.getAsBoolean()) {
      packTogether(take(due));
    }
  }

  private void addFrom(List<PackedDisk.Contents> packs, Map<Integer, Volume> byId, List<Volume> due) {
    addAll(packs, pack -> pack.left() > pack.volumes().size(), byId, due);
    Predicate<PackedDisk.Contents> isSmall = pack -> pack.left() <= pack.volumes().size()
        && pack.volumes().size() < config.mostVolumes() / SMALL_FRACTION
        && pack.bytes() < config.mostBytes() / SMALL_FRACTION;
    if (packs.stream().filter(isSmall).count() >= SMALL_FRACTION) {
      addAll(packs, isSmall, byId, due);
    }
  }

  private void addAll(List<PackedDisk.Contents> packs, Predicate<PackedDisk.Contents> which,
      Map<Integer, Volume> byId, List<Volume> into) {
    packs.stream().filter(which).flatMap(pack -> pack.volumes().stream()).map(byId::get)
        .filter(volume -> volume != null && volume.isPackable() && !leftAlone.contains(volume.id()))
        .forEach(into::add);
  }

  /// As many as one pack takes, from the front.
  private List<Volume> take(List<Volume> due) throws IOException {
    List<Volume> chosen = new ArrayList<>();
    long bytes = 0;
    while (!due.isEmpty() && chosen.size() < config.mostVolumes()) {
      Volume next = due.getFirst();
      long size = Math.max(LEAST_BYTES, disk.sizeBytes(next.id()));
      if (!chosen.isEmpty() && bytes + size > config.mostBytes()) {
        break;
      }
      due.removeFirst();
      chosen.add(next);
      bytes += size;
    }
    return chosen;
  }

  private void packTogether(List<Volume> chosen) throws IOException {
    List<Volume> held = new ArrayList<>();
    try {
      long bytes = 0;
      for (Volume volume : chosen) {
        if (disk.isReadable(volume.id()) && volume.holdStill()) {
          held.add(volume);
          bytes += disk.sizeBytes(volume.id());
        } else if (volume.isPackable()) {
          leftAlone.add(volume.id());
        }
        if (isStopped.getAsBoolean()) {
          return;
        }
      }
      if (held.size() < config.leastVolumes()) {
        return;
      }
      Optional<ClaimedRoom.Claim> claim = room.claim(disk, bytes, folder.reserveBytes());
      if (claim.isEmpty()) {
        return; // there will be room another time; it is not much
      }
      try (ClaimedRoom.Claim _ = claim.get()) {
        disk.join(held.stream().map(Volume::id).toList());
      } finally { // those that joined before something failed, too
        held.stream().filter(volume -> disk.isPacked(volume.id())).forEach(Packer::reopen);
      }
    } finally {
      held.forEach(Volume::letGo);
    }
  }

  private static void reopen(Volume volume) {
    try {
      volume.reopen();
    } catch (IOException e) {
      LOG.warning("volume.notReopened").with("volume", volume.id())
          .with("action", "its-former-files-are-read-until-a-restart").say(e);
    }
  }

  VolumeFolder folder() {
    return folder;
  }
}
