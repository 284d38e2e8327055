package hayloft.filer;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Volumes in memory: dead marks hide needles, compaction drops them, a power cut takes what was not synced. Thread-safe.
final class MemoryVolumes implements VolumeClient {

  record Needle(FileId id, NeedleKind kind, long sequence, byte[] meta, byte[] data, Durability durability) {
    int sizeBytes() {
      return 56 + meta.length + data.length;
    }
  }

  private static final class Volume {
    final List<Needle> needles = new ArrayList<>();
    final Map<Long, Needle> byKey = new HashMap<>();
    final Set<Long> dead = new HashSet<>();
    int generation;
    boolean sealed;
    boolean failed;
    long endBytes = 8;
    int synced; // so many needles survive a power cut
  }

  private final Map<Integer, Volume> volumes = new TreeMap<>();
  private final int needlesPerVolume;
  private final Executor writers;
  private long fence;
  private long highestEpoch;
  private Function<NeedleDraft, @Nullable Exception> faults = _ -> null;
  private Function<NeedleDraft, @Nullable Exception> lateFaults = _ -> null;
  private boolean nothingCached;
  private int marksUntilFault = Integer.MAX_VALUE;
  private boolean syncsFail;
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
    if (volume.sealed || volume.needles.size() >= needlesPerVolume) {
      return new VolumeUnwritableException(id.volume(), volume.sealed ? Reason.SEALED : Reason.FULL, "full");
    }
    var needle = new Needle(id, draft.kind(), draft.sequence(), ByteBufUtil.getBytes(draft.meta()),
        ByteBufUtil.getBytes(draft.data()), draft.durability());
    if (volume.byKey.put(id.key(), needle) != null) {
      return new IllegalStateException("key " + id.key() + " used twice");
    }
    volume.needles.add(needle);
    appended.add(draft.durability());
    if (draft.durability() == Durability.FSYNC) {
      volume.synced = volume.needles.size();
    }
    volume.endBytes += needle.sizeBytes();
    highestEpoch = Math.max(highestEpoch, epoch);
    return lateFaults.apply(draft);
  }

  @Override
  public synchronized ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Volume volume = volume(id.volume());
    Needle needle = volume.byKey.get(id.key());
    if (needle == null || volume.dead.contains(id.key()) || needle.id().cookie() != id.cookie()) {
      return new ReadResult.Absent();
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
    Volume volume = volumes.get(id.volume());
    return volume != null && volume.byKey.containsKey(id.key()) && !volume.dead.contains(id.key());
  }

  @Override
  public synchronized void markDead(int volume, List<Long> keys) throws IOException {
    for (long key : keys) {
      if (marksUntilFault-- == 0) {
        throw new IOException("killed between two marks");
      }
      volume(volume).dead.add(key);
    }
  }

  /// After so many further marks the process is as good as dead: no more are made.
  synchronized void failMarksAfter(int count) {
    marksUntilFault = count;
  }

  @Override
  public synchronized List<VolumePosition> ends() {
    var ends = new ArrayList<VolumePosition>();
    volumes.forEach((id, volume) -> ends.add(new VolumePosition(id, volume.generation, volume.endBytes)));
    return ends;
  }

  @Override
  public VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    List<Needle> live = new ArrayList<>();
    VolumePosition end;
    synchronized (this) {
      Volume volume = volume(from.volume());
      long offset = 8;
      long start = from.generation() == volume.generation ? from.offsetBytes() : 0;
      for (Needle needle : volume.needles) {
        if (offset >= start && !volume.dead.contains(needle.id().key())) {
          live.add(needle);
        }
        offset += needle.sizeBytes();
      }
      end = new VolumePosition(from.volume(), volume.generation, offset);
    }
    for (Needle needle : live) {
      visitor.needle(needle.id(), needle.kind(), needle.sequence(), Unpooled.wrappedBuffer(needle.meta()),
          needle.data().length);
    }
    return end;
  }

  @Override
  public synchronized long highestEpoch() {
    return Math.max(highestEpoch, fence);
  }

  @Override
  public synchronized void fence(long epoch) {
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

  /// What each append asked for, in order.
  synchronized List<Durability> appended() {
    return List.copyOf(appended);
  }

  /// Of what was not synced a volume keeps any part: a few needles at its end are gone, and some before these are torn, which
  /// a recovery marks dead.
  synchronized void cutPower(Random random) {
    for (Volume volume : volumes.values()) {
      int kept = volume.synced + random.nextInt(volume.needles.size() - volume.synced + 1);
      List<Needle> lost = volume.needles.subList(kept, volume.needles.size());
      lost.forEach(needle -> volume.byKey.remove(needle.id().key()));
      volume.endBytes -= lost.stream().mapToLong(Needle::sizeBytes).sum();
      lost.clear();
      for (Needle needle : volume.needles.subList(volume.synced, kept)) {
        if (random.nextInt(4) == 0) {
          volume.dead.add(needle.id().key());
        }
      }
      volume.synced = kept;
    }
    syncsFail = false;
  }

  /// Takes a volume's last needles away, as somebody does who cuts its file.
  synchronized void cut(int volume, int needles) {
    Volume cut = Objects.requireNonNull(volumes.get(volume));
    List<Needle> lost = cut.needles.subList(cut.needles.size() - needles, cut.needles.size());
    lost.forEach(needle -> cut.byKey.remove(needle.id().key()));
    cut.endBytes -= lost.stream().mapToLong(Needle::sizeBytes).sum();
    lost.clear();
    cut.synced = Math.min(cut.synced, cut.needles.size());
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

  /// Drops dead needles of every volume for which the function says so.
  synchronized void compact(Function<Integer, Boolean> which) {
    volumes.forEach((id, volume) -> {
      if (which.apply(id)) {
        volume.needles.removeIf(needle -> volume.dead.contains(needle.id().key()));
        volume.synced = volume.needles.size();
        volume.endBytes = 8 + volume.needles.stream().mapToLong(Needle::sizeBytes).sum();
        volume.generation++;
      }
    });
  }

  synchronized List<Needle> live() {
    var live = new ArrayList<Needle>();
    for (Volume volume : volumes.values()) {
      volume.needles.stream().filter(needle -> !volume.dead.contains(needle.id().key())).forEach(live::add);
    }
    return live;
  }

  synchronized int volumeCount() {
    return volumes.size();
  }
}
