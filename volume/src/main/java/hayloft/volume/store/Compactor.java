package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import hayloft.volume.compaction.Rounds;
import hayloft.volume.compaction.Setbacks;
import hayloft.volume.compaction.UnreadableNeedleException;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// Compacts the volumes of one folder, one after the other, the one with most dead bytes first. Thread-safe.
///
/// **When space is short** far less needs to be dead, and the volume that takes least room for its copy goes first:
/// what it gives back makes room for the next. A volume in which nothing lives needs none at all. Room is claimed
/// before a copy begins.
///
/// **A volume that cannot be compacted** (a needle of it cannot be read, say) is tried again after a pause that grows
/// each time, up to a day, and holds up no other. The log says so once, and again when the reason changes.
final class Compactor implements AutoCloseable {
  /// A cable may be loose: so often a live needle that the disk does not give keeps a volume from being compacted, at
  /// growing distances (a quarter of an hour in all, with the usual pauses), before it is kept as damaged.
  private static final int READS_OF_A_BAD_PLACE = 5;
  /// Left free besides what a copy needs, so that deletes do not meet a full disk because of it: so much, or half of
  /// the reserve, or on a disk without one a hundredth.
  private static final long SLACK_BYTES = 64L << 20;
  private static final int SLACK_FRACTION = 100;
  /// What a copy needs besides its bytes: entry of the index log and slot of the map, and a few pages.
  private static final long NEEDLE_BYTES = 64;
  private static final long FILES_BYTES = 64 << 10;
  /// Of a volume's bytes that must be dead when space is short.
  private static final double TIGHT_DEAD_FRACTION = 0.05;
  private static final EventLog LOG = EventLog.of(Compactor.class);

  private final VolumeFolder folder;
  private final CompactionConfig config;
  private final Supplier<Collection<Volume>> volumes;
  private final Pace pace;
  private final Rounds rounds;
  private final ClaimedRoom room;
  private final Setbacks setbacks;
  /// How often a compaction of a volume met a live needle that the disk does not give.
  private final Map<Integer, Integer> badReads = new ConcurrentHashMap<>();
  private final Packer packer;
  private boolean packsAreSettled;
  /// Volumes that wait for room, which was told.
  private final Set<Integer> waitingForRoom = ConcurrentHashMap.newKeySet();
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder reclaimedBytes = new LongAdder();
  private final AtomicInteger running = new AtomicInteger();

  /// @param volumes all of the store
  /// @param room shared by all compactors of the store
  Compactor(VolumeFolder folder, CompactionConfig config, Supplier<Collection<Volume>> volumes, ClaimedRoom room) {
    this.folder = folder;
    this.config = config;
    this.volumes = volumes;
    this.pace = new Pace(config.bytesPerSecond());
    this.room = room;
    this.setbacks = new Setbacks(config.checkEvery(), System::nanoTime);
    this.rounds = new Rounds("compactor-" + folder.disk().describe(), config.checkEvery(), this::goRound);
    this.packer = new Packer(folder, config.packing(), room, rounds::isStopped);
    if (!config.checkEvery().isZero()) {
      rounds.start();
    }
  }

  boolean serves(Volume volume) {
    return volume.folder() == folder;
  }

  /// A volume with its figures as they were when it was looked at: they go on changing.
  private record Candidate(Volume volume, VolumeStatus status) {
    long roomNeeded() {
      return Compactor.roomNeeded(status);
    }
  }

  private void goRound() throws IOException {
    settlePacks();
    boolean tight = isTight();
    List<Volume> own = volumes.get().stream().filter(this::serves).toList();
    own.forEach(Volume::lookAtPlace);
    folder.disk().lookAtPacks();
    packer.look(own);
    List<Integer> ids = own.stream().map(Volume::id).toList();
    setbacks.keepOnly(ids);
    badReads.keySet().retainAll(ids);
    List<Candidate> due = own.stream().filter(volume -> setbacks.isDue(volume.id()))
        .map(volume -> new Candidate(volume, volume.status())).filter(candidate -> isDue(candidate.status, tight)
            || packer.isWorthCompacting(candidate.volume, candidate.status))
        .sorted(tight
            ? Comparator.comparingLong(Candidate::roomNeeded)
            : Comparator.comparingLong((Candidate candidate) -> candidate.status.deadBytes()).reversed())
        .toList();
    for (Candidate candidate : due) {
      if (rounds.isStopped()) {
        return;
      }
      tryToCompact(candidate.volume);
    }
    if (!rounds.isStopped()) {
      packer.pack(own);
    }
  }

  /// Once, and not when the volumes are opened: whoever needs them may yet refuse to work with what counts now, and
  /// then nothing was changed.
  private void settlePacks() {
    if (!packsAreSettled) {
      packsAreSettled = true;
      folder.disk().settle();
    }
  }

  /// Packs what is due, as a round would, where no rounds are gone.
  void packNow() throws IOException {
    settlePacks();
    folder.disk().lookAtPacks();
    List<Volume> own = volumes.get().stream().filter(this::serves).toList();
    packer.look(own);
    packer.pack(own);
  }

  private void tryToCompact(Volume volume) {
    try {
      compact(volume, badReads.getOrDefault(volume.id(), 0) >= READS_OF_A_BAD_PLACE);
      badReads.remove(volume.id());
    } catch (Throwable e) {
      if (e instanceof UnreadableNeedleException) { // failures of other kinds say nothing of the disk's places
        badReads.merge(volume.id(), 1, Integer::sum);
      }
      boolean isGone = volume.isClosed(); // it was retired or given up meanwhile
      if (!rounds.isStopped() && !isGone && setbacks.failed(volume.id(), e.toString())) {
        LOG.warning("compaction.failed").with("volume", volume.id()).with("failures", setbacks.failuresOf(volume.id()))
            .with("nextInSeconds", setbacks.pauseOf(volume.id()).toSeconds())
            .with("action", "pauses-grow-up-to-a-day-and-are-told-when-the-reason-changes").say(e);
      }
    }
  }

  private boolean isTight() {
    try {
      return folder.isTight();
    } catch (IOException e) {
      LOG.warning("disk.freeSpaceUnknown").with("folder", folder.disk().describe()).say(e);
      return false;
    }
  }

  private boolean isDue(VolumeStatus status, boolean tight) {
    // as a whole, when the catalog says so
    boolean isRetired = status.state() == VolumeState.SEALED && status.liveNeedles() == 0;
    boolean isLeftAlone = status.unwritable().filter(Reason.FAILED::equals).isPresent();
    if (isRetired || isLeftAlone) {
      return false;
    }
    boolean emptied = status.liveNeedles() == 0 && status.deadBytes() >= FILES_BYTES;
    boolean worthwhile = tight && status.deadBytes() >= FILES_BYTES
        && status.deadBytes() >= TIGHT_DEAD_FRACTION * status.sizeBytes();
    return emptied || worthwhile || config.isDue(status.sizeBytes(), status.deadBytes(), status.spec().limitBytes());
  }

  /// 0 for a volume in which nothing lives.
  private static long roomNeeded(VolumeStatus status) {
    return status.liveNeedles() == 0
        ? 0
        : status.sizeBytes() - status.deadBytes() + status.liveNeedles() * NEEDLE_BYTES + FILES_BYTES;
  }

  private long slackBytes() throws IOException {
    return Math.min(SLACK_BYTES, Math.max(folder.reserveBytes() / 2, folder.disk().totalBytes() / SLACK_FRACTION));
  }

  /// Compacts one volume now.
  ///
  /// @return false if there was nothing to be done, or no room to do it
  boolean compact(Volume volume) throws IOException {
    return compact(volume, true);
  }

  private boolean compact(Volume volume, boolean keepsUnreadable) throws IOException {
    VolumeStatus before = volume.status();
    long neededBytes = roomNeeded(before);
    if (neededBytes == 0) {
      return compactInRoom(volume, before.sizeBytes(), keepsUnreadable);
    }
    Optional<ClaimedRoom.Claim> claim = room.claim(folder.disk(), neededBytes, slackBytes());
    if (claim.isEmpty()) {
      if (waitingForRoom.add(volume.id())) {
        LOG.warning("compaction.needsSpace").with("volume", volume.id()).with("bytes", neededBytes + slackBytes())
            .with("directory", folder.disk().describe()).say();
      }
      return false;
    }
    try (ClaimedRoom.Claim _ = claim.get()) {
      waitingForRoom.remove(volume.id());
      return compactInRoom(volume, before.sizeBytes(), keepsUnreadable);
    }
  }

  private boolean compactInRoom(Volume volume, long bytesBefore, boolean keepsUnreadable) throws IOException {
    boolean ended = false;
    running.incrementAndGet();
    try {
      boolean compacted = volume.compact(pace, keepsUnreadable);
      ended = true;
      if (compacted) {
        done.increment();
        setbacks.succeeded(volume.id());
        reclaimedBytes.add(Math.max(0, bytesBefore - volume.status().sizeBytes()));
      }
      return compacted;
    } finally {
      running.decrementAndGet();
      if (!ended) {
        failed.increment();
      }
    }
  }

  VolumeFolder folder() {
    return folder;
  }

  /// Compactions since the start.
  long done() {
    return done.sum();
  }

  /// Those that came to no end.
  long failed() {
    return failed.sum();
  }

  long reclaimedBytes() {
    return reclaimedBytes.sum();
  }

  boolean isRunning() {
    return running.get() > 0;
  }

  /// Volumes whose last compaction in the background failed.
  int postponed() {
    return setbacks.count();
  }

  /// What was wrong then, by volume.
  Map<Integer, String> reasons() {
    return setbacks.reasons();
  }

  Rounds rounds() {
    return rounds;
  }

  /// Stops a compaction that runs, which leaves the volume as it was.
  @Override
  public void close() {
    rounds.stop();
    pace.stop();
    rounds.close();
  }
}
