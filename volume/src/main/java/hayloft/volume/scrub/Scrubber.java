package hayloft.volume.scrub;

import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumePosition;
import hayloft.volume.compaction.Pace;
import hayloft.volume.compaction.Rounds;
import hayloft.volume.compaction.Setbacks;
import hayloft.volume.disk.Disk;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// Verifies the volumes of one folder: in the background, the one that has gone unread for longest first, and at an
/// administrator's wish. Thread-safe.
///
/// A pass reads one volume from its first needle to what was its durable end. Where the passes are, and what they
/// found, lies in [ScrubFile], which is written every [#SAVE_NANOS] and at the end of a pass; so a crash repeats half a
/// minute of reading. When a volume is compacted its pass begins again: the bytes are new.
///
/// Damage is kept until the needle is marked dead, or a later pass reads it well. A volume whose pass fails steps aside
/// for a while that grows each time; the others go on.
public final class Scrubber implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(Scrubber.class);
  private static final long SAVE_NANOS = Duration.ofSeconds(30).toNanos();
  private static final Duration LONGEST_REST = Duration.ofSeconds(30);
  /// Of the damages of one volume that are remembered.
  private static final int MOST_DAMAGES = 1000;

  private final Disk disk;
  private final ScrubConfig config;
  private final Supplier<Collection<? extends Verifiable>> volumes;
  private final InstantSource clock;
  private final Pace pace;
  private final Rounds rounds;
  private final Setbacks setbacks = new Setbacks(LONGEST_REST, System::nanoTime);
  private final Map<Integer, VolumeRecord> records;
  private final LongAdder bytesVerified = new LongAdder();
  /// Volumes that could not tell which of their damaged needles are live.
  private final Set<Integer> unsure = ConcurrentHashMap.newKeySet();
  /// Held while the file is written, so that an older state never follows a newer one.
  private final Object saving = new Object();
  /// Something is not in the file yet.
  private boolean unsaved;

  /// @param volumes of the folder, as they are now
  /// @throws IOException if the folder cannot be read
  public Scrubber(Disk disk, ScrubConfig config, Supplier<Collection<? extends Verifiable>> volumes,
      InstantSource clock) throws IOException {
    this.disk = disk;
    this.config = config;
    this.volumes = volumes;
    this.clock = clock;
    this.pace = new Pace(config.bytesPerSecond());
    this.records = new LinkedHashMap<>(ScrubFile.read(disk));
    this.rounds = new Rounds("scrubber-" + disk.describe(), rest(config), this::goRound);
  }

  /// Begins to work in the background, if there is a period.
  public void start() {
    if (!config.period().isZero()) {
      rounds.start();
    }
  }

  private void goRound() {
    setbacks.keepOnly(volumes.get().stream().map(Verifiable::id).toList());
    due().ifPresent(this::tryToPass);
  }

  private void tryToPass(Verifiable volume) {
    try {
      pass(volume);
      setbacks.succeeded(volume.id());
    } catch (Throwable e) {
      if (rounds.isStopped()) {
        LOG.debug("scrub.stopped").with("folder", disk.describe()).say(e);
      } else if (setbacks.failed(volume.id(), e.toString())) {
        LOG.warning("scrub.failed").with("volume", volume.id()).with("failures", setbacks.failuresOf(volume.id()))
            .with("nextInSeconds", setbacks.pauseOf(volume.id()).toSeconds()).say(e);
      }
    }
  }

  /// A short period is for tests and makes for short rests.
  private static Duration rest(ScrubConfig config) {
    Duration tenth = config.period().dividedBy(10);
    return tenth.compareTo(LONGEST_REST) < 0 ? tenth : LONGEST_REST;
  }

  private Optional<Verifiable> due() {
    Instant before = clock.instant().minus(config.restBetweenPasses());
    return present().stream().filter(volume -> setbacks.isDue(volume.id()))
        .filter(volume -> isUnderWay(volume) || !unreadSince(volume).isAfter(before))
        .min(Comparator.comparing(this::unreadSince)).map(volume -> volume);
  }

  /// Those that have needles.
  private List<? extends Verifiable> present() {
    return volumes.get().stream().filter(volume -> !volume.isEmpty()).toList();
  }

  private boolean isUnderWay(Verifiable volume) {
    return record(volume.id()).passBegun().isPresent();
  }

  /// No byte of the volume has gone unread for longer.
  private Instant unreadSince(Verifiable volume) {
    return record(volume.id()).verified().orElse(volume.created());
  }

  private synchronized VolumeRecord record(int volume) {
    return records.getOrDefault(volume, VolumeRecord.fresh(volume));
  }

  private synchronized void change(int volume, UnaryOperator<VolumeRecord> change) {
    records.put(volume, change.apply(record(volume)));
    unsaved = true;
  }

  /// Is told how far a pass is.
  public interface Watcher {
    Watcher NONE = new Watcher() {
      @Override
      public void read(long doneBytes, long totalBytes) {}

      @Override
      public void damaged(Damage damage) {}
    };

    /// @throws InterruptedIOException ends the pass
    void read(long doneBytes, long totalBytes) throws InterruptedIOException;

    void damaged(Damage damage);
  }

  /// Verifies a whole volume now, whatever the background is doing.
  ///
  /// @throws InterruptedIOException if pace or watcher ended it
  public void verify(Verifiable volume, Pace at, Watcher watcher) throws IOException {
    Instant begun = clock.instant();
    var reading = new Reading(volume, at, watcher, begun, false);
    VolumePosition end = VolumePosition.start(volume.id());
    while (end.offsetBytes() == 0) { // it was compacted meanwhile: from the start
      end = volume.verify(VolumePosition.start(volume.id()), reading);
    }
    change(volume.id(), record -> record.withDamages(reading.stillDamaged(record)).verifiedAt(begun));
    save();
  }

  /// In the background: goes on with the pass under way, or begins one, and reads to the end.
  private void pass(Verifiable volume) throws IOException {
    change(volume.id(), record -> record.passBegun().isEmpty() ? record.begun(clock.instant()) : record);
    Instant begun = record(volume.id()).passBegun().orElseThrow();
    var reading = new Reading(volume, pace, Watcher.NONE, begun, true);
    VolumePosition end = VolumePosition.start(volume.id());
    for (VolumePosition from = record(volume.id()).position(); end.offsetBytes() == 0; from = end) {
      end = volume.verify(from, reading);
    }
    change(volume.id(), record -> record.withDamages(reading.stillDamaged(record)).ended(begun));
    save();
    LOG.info("scrub.passDone").with("volume", volume.id()).with("bytes", reading.bytes)
        .with("damages", record(volume.id()).damages().size()).say();
  }

  /// One pass over one volume. Confined to one thread.
  private final class Reading implements Verifiable.Reader {
    private final Thread owner = Thread.currentThread();
    private final Verifiable volume;
    private final Pace at;
    private final Watcher watcher;
    private final Instant begun;
    private final boolean isKept;
    private long bytes;
    private long savedNanos = System.nanoTime();

    /// @param isKept whether a later process goes on with it
    Reading(Verifiable volume, Pace at, Watcher watcher, Instant begun, boolean isKept) {
      this.volume = volume;
      this.at = at;
      this.watcher = watcher;
      this.begun = begun;
      this.isKept = isKept;
    }

    @Override
    public void read(VolumePosition upTo, long more) throws IOException {
      assert isOwn();
      assert upTo.volume() == volume.id() && more >= 0 : more + " bytes up to " + upTo + " of volume " + volume.id();
      bytes += more;
      bytesVerified.add(more);
      at.spend(more);
      watcher.read(upTo.offsetBytes(), volume.end().offsetBytes());
      if (isKept) {
        change(volume.id(), record -> record.at(upTo));
      }
      if (System.nanoTime() - savedNanos > SAVE_NANOS) {
        savedNanos = System.nanoTime();
        save();
      }
    }

    @Override
    public void beforePiece() throws IOException {
      at.requireGoing();
    }

    @Override
    public void damaged(long key, long offsetBytes, long lengthBytes, String what) {
      assert isOwn();
      var damage = new Damage(volume.id(), key, offsetBytes, lengthBytes, what, clock.instant());
      LOG.error("scrub.damage").with("volume", damage.volume()).with("key", Long.toHexString(key))
          .with("offset", offsetBytes).with("bytes", lengthBytes).with("what", what).say();
      change(volume.id(), record -> {
        List<Damage> known = new ArrayList<>(record.damages());
        known.removeIf(one -> one.key() == key);
        if (known.size() < MOST_DAMAGES) {
          known.add(damage);
        }
        return record.withDamages(known);
      });
      watcher.damaged(damage);
    }

    private boolean isOwn() {
      assert Thread.currentThread() == owner : "called on " + Thread.currentThread() + ", owned by " + owner;
      return true;
    }

    /// What was found before this pass and not in it was read well.
    List<Damage> stillDamaged(VolumeRecord record) {
      return unlessDead(volume, record.damages().stream().filter(damage -> !damage.found().isBefore(begun)).toList());
    }
  }

  private void save() throws IOException {
    synchronized (saving) {
      List<VolumeRecord> all;
      synchronized (this) {
        if (!unsaved) {
          return;
        }
        unsaved = false;
        List<Integer> there = volumes.get().stream().map(Verifiable::id).toList();
        records.keySet().removeIf(volume -> !there.contains(volume));
        all = List.copyOf(records.values());
      }
      boolean written = false;
      try {
        ScrubFile.write(disk, all);
        written = true;
      } finally {
        if (!written) {
          keepUnsaved();
        }
      }
    }
  }

  private synchronized void keepUnsaved() {
    unsaved = true;
  }

  /// For messages and figures.
  public String directory() {
    return disk.describe();
  }

  public Rounds rounds() {
    return rounds;
  }

  public ScrubFigures figures() {
    Instant now = clock.instant();
    Duration debt = Duration.ZERO;
    List<Damage> damages = new ArrayList<>();
    for (Verifiable volume : present()) {
      Duration age = Duration.between(unreadSince(volume), now);
      debt = age.compareTo(debt) > 0 ? age : debt;
      damages.addAll(unlessDead(volume, record(volume.id()).damages()));
    }
    return new ScrubFigures(debt, bytesVerified.sum(), damages);
  }

  /// Without those whose needles are dead by now. A volume that cannot tell, because its index is damaged and its file
  /// away, keeps them, and is asked no more this time: each answer may have read the whole file.
  private List<Damage> unlessDead(Verifiable volume, List<Damage> damages) {
    List<Damage> kept = new ArrayList<>();
    for (int i = 0; i < damages.size(); i++) {
      try {
        if (volume.holds(damages.get(i).key())) {
          kept.add(damages.get(i));
        }
      } catch (RuntimeException | InternalError e) { // the latter is how a page of a mapped file fails
        tellUnsure(volume.id(), e);
        kept.addAll(damages.subList(i, damages.size()));
        return kept;
      }
    }
    unsure.remove(volume.id());
    return kept;
  }

  /// Once, until the volume answers again.
  private void tellUnsure(int volume, Throwable why) {
    if (unsure.add(volume)) {
      LOG.warning("scrub.damageUnsure").with("volume", volume).with("action", "what was found in it stays counted")
          .say(why);
    }
  }

  /// What is known of a volume.
  public VolumeRecord recordOf(int volume) {
    return record(volume);
  }

  /// Ends the pass under way; the next start goes on with it.
  @Override
  public void close() {
    rounds.stop();
    pace.stop(); // a pass ends at its next needle or piece
    rounds.close();
    try {
      save();
    } catch (IOException e) {
      LOG.warning("scrub.fileNotWritten").with("folder", disk.describe()).say(e);
    }
  }
}
