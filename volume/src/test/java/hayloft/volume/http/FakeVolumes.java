package hayloft.volume.http;

import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Volume 3 in memory, as all the interfaces that the port needs.
final class FakeVolumes implements VolumeClient, VolumeHost, NeedleHeads {

  private record Needle(int cookie, NeedleKind kind, String metaHex, String dataHex) {}

  private final Map<Long, Needle> needles = new HashMap<>();
  private final Set<Long> dead = new HashSet<>();
  boolean full;
  /// What appends promised, and volumes that were synced by themselves.
  final List<String> promises = new ArrayList<>();

  void put(FileId id, NeedleKind kind) {
    needles.put(id.key(), new Needle(id.cookie(), kind, "", "00"));
  }

  private Optional<Needle> live(int volume, long key) throws NoSuchVolumeException {
    if (volume != 3) {
      throw new NoSuchVolumeException("no volume " + volume);
    }
    return dead.contains(key) ? Optional.empty() : Optional.ofNullable(needles.get(key));
  }

  @Override
  public Optional<NeedleHead> head(int volume, long key) throws NoSuchVolumeException {
    return live(volume, key).map(needle -> new NeedleHead(needle.cookie(), needle.kind(),
        Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(needle.metaHex())), needle.dataHex().length() / 2));
  }

  @Override
  public CompletableFuture<Void> append(NeedleDraft draft) {
    try {
      if (full) {
        return CompletableFuture.failedFuture(
            new VolumeUnwritableException(3, VolumeUnwritableException.Reason.FULL, "volume 3 is full"));
      }
      promises.add(draft.durability().name());
      dead.remove(draft.id().key()); // as the real ones: a mark is not looked for when a needle is appended
      needles.put(draft.id().key(), new Needle(draft.id().cookie(), draft.kind(), ByteBufUtil.hexDump(draft.meta()),
          ByteBufUtil.hexDump(draft.data())));
      return CompletableFuture.completedFuture(null);
    } finally {
      draft.release();
    }
  }

  @Override
  public ReadResult read(FileId id, long fromBytes, int lengthBytes) throws NoSuchVolumeException {
    Optional<Needle> needle = live(id.volume(), id.key());
    if (needle.isEmpty()) {
      return new ReadResult.Absent();
    }
    byte[] data = ByteBufUtil.decodeHexDump(needle.get().dataHex());
    return new ReadResult.Found(
        Unpooled.copiedBuffer(data, (int) fromBytes, Math.min(lengthBytes, data.length - (int) fromBytes)));
  }

  /// Drops what is dead, and the marks with it.
  void vacuum() {
    needles.keySet().removeAll(dead);
    dead.clear();
  }

  @Override
  public void forget(int volume, List<Long> keys) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public NodeAddress address() {
    return new NodeAddress("one", "127.0.0.1:8080", "127.0.0.1:8080", "", "");
  }

  @Override
  public List<VolumeStatus> volumes() {
    var spec = new VolumeSpec(3, "", ReplicaPlacement.NONE, "", 1 << 30);
    return List.of(new VolumeStatus(spec, VolumeState.WRITABLE, 0, 99, needles.size(), dead.size(), 0, 0, "disk",
        Optional.empty()));
  }

  @Override
  public List<DiskStatus> disks() {
    return List.of(new DiskStatus("disk", "", 100, 40, 10, true, 0));
  }

  @Override
  public ReadResult readNow(FileId id, long fromBytes, int lengthBytes) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public List<VolumePosition> ends() {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public Presence presence(int volume, long key) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public boolean search(FileId id) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public boolean isCompactedAway(int volume, long key) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public boolean isAbsent(int volume, long key) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public long indexedBytes(int volume) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public boolean isCutOff(int volume, long key) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void markDead(int volume, long sequence, List<Long> keys) {
    dead.addAll(keys);
  }

  @Override
  public List<VolumeMarks> marks() {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public List<Long> legacyMarks(int volume) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public List<Integer> emptied() {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void retire(int volume) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void putAside(int volume) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void scanBooks(VolumePosition from, NeedleVisitor visitor) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public VolumePosition scan(VolumePosition from, NeedleVisitor visitor) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public boolean holds(FileId id) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void setReadOnly(int volume, boolean readOnly) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void sync() {}

  @Override
  public void sync(Set<Integer> some) {
    promises.add("sync " + some);
  }

  @Override
  public long highestEpoch() {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void prepareFence(long epoch) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void fence(long epoch) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void create(VolumeSpec spec, String directory) {
    throw new UnsupportedOperationException("not asked for by the port");
  }

  @Override
  public void seal(int volume) {
    throw new UnsupportedOperationException("not asked for by the port");
  }
}
