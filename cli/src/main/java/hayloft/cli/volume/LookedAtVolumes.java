package hayloft.cli.volume;

import hayloft.common.FileId;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleNotUnderstoodException;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/// The volumes of a store as a catalog sees them that only looks: nothing can be appended, and of users it is told
/// nothing, so that no key is needed to open their secrets. Thread-safe.
final class LookedAtVolumes implements VolumeClient {

  private final VolumeClient volumes;
  /// Buckets that some object lies in.
  private final Set<Long> buckets = ConcurrentHashMap.newKeySet();

  LookedAtVolumes(VolumeClient volumes) {
    this.volumes = volumes;
  }

  Set<Long> buckets() {
    return buckets;
  }

  @Override
  public VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    return volumes.scan(from, new WithoutUsers(visitor));
  }

  @Override
  public void scanBooks(VolumePosition from, NeedleVisitor visitor) throws IOException {
    volumes.scanBooks(from, new WithoutUsers(visitor));
  }

  /// Passes on what is not about users.
  private final class WithoutUsers implements NeedleVisitor {
    private final NeedleVisitor visitor;

    WithoutUsers(NeedleVisitor visitor) {
      this.visitor = visitor;
    }

    @Override
    public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
      if (kind == NeedleKind.COMMIT) {
        Envelope envelope = read(meta);
        if (!envelope.userId().isEmpty()) {
          return;
        }
        if (envelope.key().length > 0) {
          buckets.add(envelope.bucketId());
        }
      }
      visitor.needle(id, kind, sequence, meta, dataBytes);
    }

    @Override
    public void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) throws IOException {
      if (kind != NeedleKind.COMMIT || read(meta).userId().isEmpty()) {
        visitor.dead(id, kind, sequence, meta);
      }
    }

    @Override
    public void damaged(DamagedNeedle needle) throws IOException {
      visitor.damaged(needle);
    }
  }

  private static Envelope read(ByteBuf meta) throws NeedleNotUnderstoodException {
    try {
      return Envelope.read(ByteBufUtil.getBytes(meta));
    } catch (MalformedMutationException e) {
      throw new NeedleNotUnderstoodException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public CompletableFuture<Void> append(NeedleDraft draft) {
    draft.release();
    return CompletableFuture.failedFuture(
        new VolumeUnwritableException(draft.id().volume(), Reason.SEALED, "the volumes are only looked at"));
  }

  @Override
  public ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    return volumes.read(id, fromBytes, lengthBytes);
  }

  @Override
  public ReadResult readNow(FileId id, long fromBytes, int lengthBytes) throws IOException {
    return volumes.readNow(id, fromBytes, lengthBytes);
  }

  @Override
  public boolean holds(FileId id) {
    return volumes.holds(id);
  }

  @Override
  public Presence presence(int volume, long key) {
    return volumes.presence(volume, key);
  }

  @Override
  public boolean search(FileId id) throws IOException {
    return volumes.search(id);
  }

  @Override
  public boolean isCompactedAway(int volume, long key) throws IOException {
    return volumes.isCompactedAway(volume, key);
  }

  @Override
  public boolean isAbsent(int volume, long key) throws IOException {
    return volumes.isAbsent(volume, key);
  }

  @Override
  public long indexedBytes(int volume) {
    return volumes.indexedBytes(volume);
  }

  @Override
  public boolean isCutOff(int volume, long key) {
    return volumes.isCutOff(volume, key);
  }

  /// A mark that a needle says, told to a cache in the scratch directory.
  @Override
  public void markDead(int volume, long sequence, List<Long> keys) throws IOException {
    volumes.markDead(volume, sequence, keys);
  }

  @Override
  public void forget(int volume, List<Long> keys) throws IOException {
    volumes.forget(volume, keys);
  }

  /// Marks of level 1 stay what they are: nobody can write the needles that would say them.
  @Override
  public List<VolumeMarks> marks() {
    return volumes.marks().stream().map(marks -> new VolumeMarks(marks.volume(), marks.generation(),
        marks.goneSequence(), marks.completeSequence(), false)).toList();
  }

  @Override
  public List<Long> legacyMarks(int volume) {
    return List.of();
  }

  @Override
  public List<Integer> emptied() {
    return List.of();
  }

  @Override
  public void retire(int volume) throws IOException {
    throw new VolumeUnwritableException(volume, Reason.SEALED, "the volumes are only looked at");
  }

  @Override
  public void putAside(int volume) throws IOException {
    if (volumes.unreadable().containsKey(volume)) {
      return; // nothing of it is shown anyway
    }
    throw new VolumeUnwritableException(volume, Reason.SEALED, "the volumes are only looked at");
  }

  @Override
  public List<VolumePosition> ends() {
    return volumes.ends();
  }

  @Override
  public Map<Integer, String> unreadable() {
    return volumes.unreadable();
  }

  @Override
  public void sync() {
    // nothing is written
  }

  @Override
  public void sync(Set<Integer> some) {
    // nothing is written
  }

  @Override
  public long highestEpoch() {
    return volumes.highestEpoch();
  }

  @Override
  public void prepareFence(long epoch) {
    // nobody appends
  }

  @Override
  public void fence(long epoch) {
    // nobody appends
  }
}
