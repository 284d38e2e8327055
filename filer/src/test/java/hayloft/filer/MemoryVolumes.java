package hayloft.filer;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.KeyReusedException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleNotUnderstoodException;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import java.time.Instant;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Volumes in memory that keep every promise of the door, and can be hurt in every way: dead marks hide needles,
/// compaction drops them, a power cut takes what was not synced, needles are damaged, files are cut, lost and put back.
/// Thread-safe.
final class MemoryVolumes implements VolumeClient {

  record Needle(FileId id, NeedleKind kind, long sequence, byte[] meta, byte[] data, Durability durability,
      long subjectHash) {
    int sizeBytes() {
      return 56 + meta.length + data.length;
    }

    boolean isBook() {
      return kind == NeedleKind.BOOK;
    }
  }

  private record Mark(long sequence, List<Long> keys) {}

  private static final class Volume {
    final List<Needle> needles = new ArrayList<>();
    final Map<Long, Needle> byKey = new HashMap<>();
    /// What the dead log knows, and which of its marks survive a loss of the log: none but those that the catalog tells
    /// again.
    final List<Mark> marks = new ArrayList<>();
    final Set<Long> forgotten = new HashSet<>();
    final Set<Long> legacy = new HashSet<>();
    Set<Long> dead = new HashSet<>();
    /// Needles that cannot be read, and whether the index log still knows them.
    final Map<Long, Boolean> damaged = new HashMap<>();
    final Set<Long> dataDamaged = new HashSet<>();
    int generation;
    boolean sealed;
    boolean failed;
    int cutNeedles; // so many at the end lie behind the end of the file
    boolean cutUnindexed; // and the index log does not know of them
    int synced; // so many needles survive a power cut
    long goneSequence;
    long highestCompactedKey; // of all that were there when it was compacted
    long completeSequence;
    long highestEpoch;

    void recount() {
      dead = new HashSet<>(forgotten);
      dead.addAll(legacy);
      marks.forEach(mark -> dead.addAll(mark.keys()));
    }

    int present() {
      return needles.size() - cutNeedles;
    }

    long wholeBytes() {
      return 8 + needles.stream().mapToLong(Needle::sizeBytes).sum();
    }

    /// Behind the end of the file, and unknown to the index.
    boolean isForgotten(Needle needle) {
      return cutUnindexed && needles.indexOf(needle) >= present();
    }

    long endBytes() {
      return 8 + needles.subList(0, present()).stream().mapToLong(Needle::sizeBytes).sum();
    }

    boolean isReadable(Needle needle) {
      return !damaged.containsKey(needle.id().key()) && needles.indexOf(needle) < present();
    }
  }

  private final Map<Integer, Volume> volumes = new TreeMap<>();
  private final Map<Integer, Volume> takenAway = new TreeMap<>();
  private final Set<Integer> putAside = new HashSet<>();
  private final Set<Integer> retired = new HashSet<>();
  private final int needlesPerVolume;
  private final Executor writers;
  private long fence;
  private int fencesToFail;
  private Function<NeedleDraft, @Nullable Exception> faults = _ -> null;
  private Function<NeedleDraft, @Nullable Exception> lateFaults = _ -> null;
  private boolean nothingCached;
  private int stepsUntilKilled = Integer.MAX_VALUE;
  private boolean wasKilled;
  private Set<Integer> deaf = Set.of();
  private Supplier<@Nullable Error> endErrors = () -> null;
  private boolean syncsFail;
  private boolean epochsHidden;
  private int syncs;
  private final List<Durability> appended = new ArrayList<>();

  /// @param needlesPerVolume a volume is full after so many
  /// @param writers appends run there
  MemoryVolumes(int needlesPerVolume, Executor writers) {
    this.needlesPerVolume = needlesPerVolume;
    this.writers = writers;
  }

  MemoryVolumes() {
    this(1 << 20, Runnable::run);
  }

  /// Appends for which the function answers an exception fail with it.
  synchronized void failAppends(Function<NeedleDraft, @Nullable Exception> next) {
    faults = next;
  }

  /// Appends for which the function answers an exception fail with it, although the needle is there.
  synchronized void failAppendsLate(Function<NeedleDraft, @Nullable Exception> next) {
    lateFaults = next;
  }

  /// Whether readNow finds nothing.
  synchronized void setNothingCached(boolean next) {
    nothingCached = next;
  }

  synchronized void create(int volume) {
    volumes.put(volume, new Volume());
  }

  @Override
  public CompletableFuture<Void> append(NeedleDraft draft) {
    var done = new CompletableFuture<Void>();
    writers.execute(() -> {
      Exception refusal;
      try {
        refusal = appendNow(draft);
      } finally {
        draft.release();
      }
      if (refusal == null) {
        done.complete(null);
      } else {
        done.completeExceptionally(refusal);
      }
    });
    return done;
  }

  private synchronized @Nullable Exception appendNow(NeedleDraft draft) {
    FileId id = draft.id();
    Exception fault = faults.apply(draft);
    if (fault != null) {
      return fault;
    }
    if (draft.kind() == NeedleKind.BOOK && isKilled()) {
      return new StoreBusyException("killed between two marks");
    }
    Volume volume = volumes.get(id.volume());
    if (volume == null) {
      return new NoSuchVolumeException("no volume " + id.volume());
    }
    long epoch = CommitSequence.epoch(draft.sequence());
    if (epoch < fence) {
      return new StaleEpochException("epoch " + epoch + " below the fence " + fence);
    }
    if (volume.failed) {
      return new VolumeUnwritableException(id.volume(), Reason.FAILED, "failed");
    }
    if (volume.sealed || volume.cutNeedles > 0 || volume.needles.size() >= needlesPerVolume) {
      return new VolumeUnwritableException(id.volume(), volume.sealed ? Reason.SEALED : Reason.FULL, "full");
    }
    if (volume.dead.contains(id.key()) || volume.byKey.containsKey(id.key())) {
      return new KeyReusedException("key " + id.key() + " used twice");
    }
    byte[] meta = ByteBufUtil.getBytes(draft.meta());
    Subject subject = draft.subject();
    long hash = subject.isNone()
        ? SubjectHash.NONE
        : SubjectHash.of(ByteBuffer.wrap(meta, subject.fromBytes(), subject.lengthBytes()));
    var needle = new Needle(id, draft.kind(), draft.sequence(), meta, ByteBufUtil.getBytes(draft.data()),
        draft.durability(), hash);
    volume.byKey.put(id.key(), needle);
    volume.needles.add(needle);
    if (!needle.isBook()) {
      appended.add(draft.durability());
    }
    if (draft.durability() == Durability.FSYNC) {
      volume.synced = volume.needles.size();
    }
    volume.highestEpoch = Math.max(volume.highestEpoch, epoch);
    return lateFaults.apply(draft);
  }

  @Override
  public synchronized ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Volume volume = volume(id.volume());
    Needle needle = volume.byKey.get(id.key());
    if (needle == null || volume.dead.contains(id.key()) || needle.id().cookie() != id.cookie()
        || volume.isForgotten(needle)) {
      return new ReadResult.Absent();
    }
    if (!volume.damaged.getOrDefault(id.key(), true)) {
      return new ReadResult.Absent(); // nobody knows where it lies
    }
    if (!volume.isReadable(needle) || volume.dataDamaged.contains(id.key())) {
      throw new CorruptNeedleException("needle " + id + " is damaged");
    }
    int from = (int) Math.min(fromBytes, needle.data().length);
    int to = (int) Math.min((long) from + lengthBytes, needle.data().length);
    return new ReadResult.Found(Unpooled.copiedBuffer(needle.data(), from, to - from));
  }

  @Override
  public synchronized ReadResult readNow(FileId id, long fromBytes, int lengthBytes) throws IOException {
    return nothingCached ? new ReadResult.NotCached() : read(id, fromBytes, lengthBytes);
  }

  private Volume volume(int id) throws NoSuchVolumeException {
    Volume volume = volumes.get(id);
    if (volume == null) {
      throw new NoSuchVolumeException("no volume " + id);
    }
    return volume;
  }

  @Override
  public synchronized boolean holds(FileId id) {
    return presence(id.volume(), id.key()) == Presence.LIVE;
  }

  @Override
  public synchronized Presence presence(int id, long key) {
    Volume volume = volumes.get(id);
    Needle needle = volume == null ? null : volume.byKey.get(key);
    if (volume == null || needle == null || volume.isForgotten(needle)) {
      return Presence.GONE;
    }
    return volume.dead.contains(key) ? Presence.DEAD : Presence.LIVE;
  }

  @Override
  public synchronized boolean search(FileId id) {
    return holds(id);
  }

  @Override
  public synchronized boolean isCompactedAway(int id, long key) {
    Volume volume = volumes.get(id);
    return volume != null && key <= volume.highestCompactedKey && isAbsent(id, key);
  }

  @Override
  public synchronized boolean isAbsent(int id, long key) {
    Volume volume = volumes.get(id);
    return volume != null && volume.cutNeedles == 0 && !volume.failed && !volume.byKey.containsKey(key)
        && !volume.damaged.containsValue(false);
  }

  @Override
  public synchronized long indexedBytes(int id) {
    Volume volume = volumes.get(id);
    return volume == null ? 0 : volume.cutUnindexed ? volume.endBytes() : volume.wholeBytes();
  }

  @Override
  public synchronized boolean isCutOff(int id, long key) {
    Volume volume = volumes.get(id);
    Needle needle = volume == null ? null : volume.byKey.get(key);
    return volume != null && needle != null && volume.needles.indexOf(needle) >= volume.present()
        && !volume.isForgotten(needle);
  }

  @Override
  public synchronized void markDead(int id, long sequence, List<Long> keys) throws IOException {
    if (isKilled()) {
      throw new IOException("killed between two marks");
    }
    if (deaf.contains(id)) {
      throw new IOException("volume " + id + " cannot be told");
    }
    Volume volume = volumes.get(id);
    if (volume == null || sequence <= volume.completeSequence) {
      return;
    }
    volume.marks.add(new Mark(sequence, List.copyOf(keys)));
    volume.dead.addAll(keys);
    if (volume.dead.containsAll(volume.legacy)) {
      volume.legacy.removeIf(key -> volume.marks.stream().anyMatch(mark -> mark.keys().contains(key)));
    }
    volume.completeSequence = sequence;
  }

  private boolean isKilled() {
    boolean killed = stepsUntilKilled != Integer.MAX_VALUE && stepsUntilKilled-- <= 0;
    wasKilled |= killed;
    return killed;
  }

  /// Whether a step was refused since [#failMarksAfter] was called.
  synchronized boolean wasKilled() {
    return wasKilled;
  }

  /// After so many further steps the process is as good as dead, until it is revived by [Integer#MAX_VALUE]. Writing a
  /// mark is a step, and telling it to its volume is one.
  synchronized void failMarksAfter(int steps) {
    stepsUntilKilled = steps;
    wasKilled = false;
  }

  /// Volumes that cannot be told of marks.
  synchronized void failMarksOf(Set<Integer> ids) {
    deaf = Set.copyOf(ids);
  }

  @Override
  public synchronized void forget(int id, List<Long> keys) {
    Volume volume = volumes.get(id);
    if (volume != null) {
      volume.forgotten.addAll(keys);
      volume.dead.addAll(keys);
    }
  }

  @Override
  public synchronized List<VolumeMarks> marks() {
    var all = new ArrayList<VolumeMarks>();
    volumes.forEach((id, volume) -> all.add(new VolumeMarks(id, volume.generation, volume.goneSequence,
        volume.completeSequence, !volume.legacy.isEmpty())));
    return all;
  }

  @Override
  public synchronized List<Long> legacyMarks(int id) throws IOException {
    return volume(id).legacy.stream().sorted().toList();
  }

  /// Marks needles dead as level 1 did: no needle of the catalog says it.
  synchronized void markAsLevelOne(int id, List<Long> keys) {
    Volume volume = Objects.requireNonNull(volumes.get(id));
    volume.legacy.addAll(keys);
    volume.dead.addAll(keys);
  }

  @Override
  public synchronized List<Integer> emptied() {
    return volumes.entrySet().stream()
        .filter(entry -> entry.getValue().sealed && entry.getValue().cutNeedles == 0 && entry.getValue().needles
            .stream().allMatch(needle -> entry.getValue().dead.contains(needle.id().key())))
        .map(Map.Entry::getKey).toList();
  }

  @Override
  public synchronized void retire(int id) {
    if (volumes.remove(id) != null) {
      retired.add(id);
    }
  }

  @Override
  public synchronized void putAside(int id) {
    if (volumes.remove(id) != null) {
      putAside.add(id);
    }
  }

  synchronized Set<Integer> retired() {
    return Set.copyOf(retired);
  }

  synchronized Set<Integer> putAside() {
    return Set.copyOf(putAside);
  }

  /// Whoever asks for ends is thrown at what the supplier answers, if anything.
  synchronized void throwAtEnds(Supplier<@Nullable Error> next) {
    endErrors = next;
  }

  @Override
  public synchronized List<VolumePosition> ends() {
    Error error = endErrors.get();
    if (error != null) {
      throw error;
    }
    var ends = new ArrayList<VolumePosition>();
    volumes.forEach((id, volume) -> ends.add(new VolumePosition(id, volume.generation, volume.endBytes())));
    return ends;
  }

  private interface Shown {
    void to(NeedleVisitor visitor) throws IOException;
  }

  @Override
  public VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    List<Shown> shown = new ArrayList<>();
    VolumePosition end;
    synchronized (this) {
      end = show(from, false, shown);
    }
    for (Shown each : shown) {
      each.to(visitor);
    }
    return end;
  }

  @Override
  public void scanBooks(VolumePosition from, NeedleVisitor visitor) throws IOException {
    List<Shown> shown = new ArrayList<>();
    synchronized (this) {
      show(from, true, shown);
    }
    for (Shown each : shown) {
      each.to(visitor);
    }
  }

  private VolumePosition show(VolumePosition from, boolean booksOnly, List<Shown> into) throws IOException {
    Volume volume = volume(from.volume());
    long offset = 8;
    long start = from.generation() == volume.generation ? from.offsetBytes() : 0;
    for (Needle needle : volume.needles) {
      boolean behindTheEnd = volume.needles.indexOf(needle) >= volume.present();
      var at = new VolumePosition(from.volume(), volume.generation, offset);
      boolean dead = volume.dead.contains(needle.id().key());
      boolean isWanted = !booksOnly || needle.isBook();
      if (offset >= start && needle.kind() != NeedleKind.VOID && !volume.isForgotten(needle)) {
        if (!volume.isReadable(needle)) {
          boolean known = volume.damaged.getOrDefault(needle.id().key(), true);
          if (!dead && (isWanted || !known)) {
            into.add(visitor -> visitor.damaged(known
                ? new DamagedNeedle(at, needle.sizeBytes(), needle.id().key(), Optional.of(needle.kind()),
                    needle.sequence(), needle.subjectHash(), behindTheEnd ? "the file ends before it" : "bad checksum")
                : DamagedNeedle.nameless(at, needle.sizeBytes(), "bad checksum")));
          }
        } else if (isWanted && !dead) {
          into.add(visitor -> {
            try {
              visitor.needle(needle.id(), needle.kind(), needle.sequence(), Unpooled.wrappedBuffer(needle.meta()),
                  needle.data().length);
            } catch (NeedleNotUnderstoodException e) {
              visitor.damaged(new DamagedNeedle(at, needle.sizeBytes(), needle.id().key(),
                  Optional.of(needle.kind()), needle.sequence(), needle.subjectHash(), "makes no sense"));
            }
          });
        } else if (!booksOnly) {
          into.add(visitor -> {
            try {
              visitor.dead(needle.id(), needle.kind(), needle.sequence(), Unpooled.wrappedBuffer(needle.meta()));
            } catch (NeedleNotUnderstoodException _) {
              // nothing is lost with it
            }
          });
        }
      }
      offset += needle.sizeBytes();
    }
    return new VolumePosition(from.volume(), volume.generation, volume.endBytes());
  }

  /// Flips a bit in the head or meta of a needle.
  ///
  /// @param indexKnows whether the index log still tells what lay there
  synchronized void damage(FileId id, boolean indexKnows) {
    Objects.requireNonNull(volumes.get(id.volume())).damaged.put(id.key(), indexKnows);
  }

  /// Flips a bit in the data of a needle.
  synchronized void damageData(FileId id) {
    Objects.requireNonNull(volumes.get(id.volume())).dataDamaged.add(id.key());
  }

  /// It can be read again.
  synchronized void mend(FileId id) {
    Volume volume = Objects.requireNonNull(volumes.get(id.volume()));
    volume.damaged.remove(id.key());
    volume.dataDamaged.remove(id.key());
  }

  /// Takes the dead log of a volume away.
  synchronized void loseDeadLog(int id) {
    Volume volume = Objects.requireNonNull(volumes.get(id));
    volume.marks.clear();
    volume.forgotten.clear();
    volume.completeSequence = volume.goneSequence;
    volume.recount();
  }

  /// Takes any part of all dead marks away, wherever they are kept: books name fewer needles, or are gone, and no dead
  /// log knows better.
  synchronized void loseMarks(Random random) throws IOException {
    double kept = random.nextInt(4) / 4.0;
    for (Volume volume : volumes.values()) {
      for (Needle book : volume.needles.stream().filter(Needle::isBook).toList()) {
        if (MutationCodec.decode(book.meta(),
            "") instanceof Mutation.MarkDead(int about, Instant at, List<Long> keys)) {
          List<Long> left = keys.stream().filter(_ -> random.nextDouble() < kept).toList();
          volume.byKey.remove(book.id().key());
          int place = volume.needles.indexOf(book);
          if (left.isEmpty()) {
            volume.needles.remove(place);
          } else {
            var less = new Needle(book.id(), book.kind(), book.sequence(),
                MutationCodec.encode(new Mutation.MarkDead(about, at, left), false, ""), book.data(), book.durability(),
                book.subjectHash());
            volume.needles.set(place, less);
            volume.byKey.put(book.id().key(), less);
          }
        }
      }
      volume.synced = volume.needles.size();
    }
    volumes.keySet().forEach(this::loseDeadLog);
  }

  synchronized void failFences(int count) {
    fencesToFail = count;
  }

  /// Takes the fence away.
  synchronized void loseFence() {
    fence = 0;
  }

  /// As if nobody had raised it further.
  synchronized void setFence(long epoch) {
    fence = epoch;
  }

  /// Takes a volume's files away; [#putBack] undoes it.
  synchronized void takeAway(int id) {
    takenAway.put(id, Objects.requireNonNull(volumes.remove(id)));
  }

  synchronized void putBack(int id) {
    volumes.put(id, Objects.requireNonNull(takenAway.remove(id)));
  }

  /// From now on the volumes tell of no epoch, as if another process wrote behind their back.
  synchronized void setHighestEpoch(int id, long epoch) {
    Objects.requireNonNull(volumes.get(id)).highestEpoch = epoch;
  }

  synchronized void hideEpochs() {
    epochsHidden = true;
  }

  @Override
  public synchronized long highestEpoch() {
    return epochsHidden
        ? 0
        : volumes.values().stream().mapToLong(volume -> volume.highestEpoch).reduce(fence, Math::max);
  }

  @Override
  public synchronized void prepareFence(long epoch) throws IOException {
    if (fencesToFail > 0) {
      fencesToFail--;
      throw new NoWritableVolumeException("fence could not be written", true);
    }
  }

  @Override
  public synchronized void fence(long epoch) throws IOException {
    prepareFence(epoch);
    fence = Math.max(fence, epoch);
  }

  @Override
  public synchronized void sync() throws IOException {
    if (syncsFail) {
      throw new IOException("a volume failed with needles that were not synced");
    }
    for (int id : volumes.keySet()) {
      sync(Set.of(id));
    }
  }

  @Override
  public synchronized void sync(Set<Integer> some) throws IOException {
    for (int id : some) {
      Volume volume = volume(id);
      if (syncsFail || volume.failed && volume.synced < volume.needles.size()) {
        throw new IOException("volume " + id + " failed with needles that were not synced");
      }
      syncs += volume.synced < volume.needles.size() ? 1 : 0;
      volume.synced = volume.needles.size();
    }
  }

  /// Volumes that a [#sync] found something in.
  synchronized int syncs() {
    return syncs;
  }

  /// From now on it takes no needles, and cannot be synced if it has some that are not.
  synchronized void fail(int volume) {
    Objects.requireNonNull(volumes.get(volume)).failed = true;
  }

  synchronized void failSyncs() {
    syncsFail = true;
  }

  synchronized void repairSyncs() {
    syncsFail = false;
  }

  synchronized List<Integer> unsyncedVolumes() {
    return volumes.entrySet().stream().filter(entry -> entry.getValue().synced < entry.getValue().needles.size())
        .map(Map.Entry::getKey).toList();
  }

  /// Needles that a power cut may take.
  synchronized int unsynced() {
    return volumes.values().stream().mapToInt(volume -> volume.needles.size() - volume.synced).sum();
  }

  /// What each append but those of books asked for, in order.
  synchronized List<Durability> appended() {
    return List.copyOf(appended);
  }

  /// Of what was not synced a volume keeps any part: a few needles at its end are gone, and some before these are torn,
  /// which a recovery writes a void over. Of a dead log, which is not synced at all, some of the end is gone.
  synchronized void cutPower(Random random) {
    for (Volume volume : volumes.values()) {
      int kept = volume.synced + random.nextInt(volume.needles.size() - volume.synced + 1);
      loseLast(volume, volume.needles.size() - kept);
      for (int i = volume.synced; i < kept; i++) {
        if (random.nextInt(4) == 0) {
          Needle torn = volume.needles.get(i);
          volume.byKey.remove(torn.id().key());
          volume.needles.set(i, new Needle(torn.id(), NeedleKind.VOID, 0, torn.meta(), torn.data(), torn.durability(),
              SubjectHash.NONE));
        }
      }
      volume.synced = kept;
      for (int lost = random.nextInt(volume.marks.size() + 1); lost > 0; lost--) {
        volume.marks.removeLast();
      }
      volume.completeSequence = volume.marks.isEmpty() ? volume.goneSequence : volume.marks.getLast().sequence();
      volume.recount();
    }
    syncsFail = false;
  }

  private static void loseLast(Volume volume, int needles) {
    List<Needle> lost = volume.needles.subList(volume.needles.size() - needles, volume.needles.size());
    lost.forEach(needle -> volume.byKey.remove(needle.id().key()));
    lost.clear();
    volume.synced = Math.min(volume.synced, volume.needles.size());
  }

  /// Cuts a volume's file: its last needles are gone, and the index log still knows of them. [#uncut] undoes it.
  synchronized void cut(int volume, int needles) {
    Objects.requireNonNull(volumes.get(volume)).cutNeedles = needles;
  }

  /// Cuts all volumes' files behind their first needle.
  synchronized void cutBehindFirst() {
    volumes.values().forEach(volume -> volume.cutNeedles = Math.max(0, volume.needles.size() - 1));
  }

  /// Cuts a volume's file behind its first needle before the index log was told of what came behind.
  synchronized void cutUnindexed(int volume) {
    Volume cut = Objects.requireNonNull(volumes.get(volume));
    cut.cutNeedles = cut.needles.size() - 1;
    cut.cutUnindexed = true;
  }

  synchronized void uncut(int volume) {
    Volume whole = Objects.requireNonNull(volumes.get(volume));
    whole.cutNeedles = 0;
    whole.cutUnindexed = false;
  }

  synchronized void seal(int volume) {
    Volume sealed = volumes.get(volume);
    if (sealed != null) {
      sealed.sealed = true;
      if (!sealed.failed) {
        sealed.synced = sealed.needles.size();
      }
    }
  }

  /// Drops dead needles of every volume for which the function says so. Damaged ones stay as they are.
  synchronized void compact(Function<Integer, Boolean> which) {
    volumes.forEach((id, volume) -> {
      if (which.apply(id) && volume.cutNeedles == 0) {
        volume.byKey.keySet()
            .forEach(key -> volume.highestCompactedKey = Math.max(volume.highestCompactedKey, key));
        volume.needles.removeIf(needle -> volume.dead.contains(needle.id().key())
            || needle.kind() == NeedleKind.VOID);
        volume.byKey.keySet().removeAll(volume.dead);
        volume.synced = volume.needles.size();
        volume.marks.clear();
        volume.goneSequence = volume.completeSequence;
        volume.generation++;
      }
    });
  }

  /// Needles of the catalog that are not marked dead, books left out.
  synchronized List<Needle> live() {
    return alive(false);
  }

  /// Books that are not dead.
  synchronized List<Needle> books() {
    return alive(true);
  }

  private List<Needle> alive(boolean books) {
    var live = new ArrayList<Needle>();
    for (Volume volume : volumes.values()) {
      volume.needles.stream().filter(needle -> !volume.dead.contains(needle.id().key()) && needle.isBook() == books
          && needle.kind() != NeedleKind.VOID).forEach(live::add);
    }
    return live;
  }

  synchronized int volumeCount() {
    return volumes.size();
  }
}
