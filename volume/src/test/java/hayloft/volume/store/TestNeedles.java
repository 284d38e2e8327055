package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.disk.Disk;
import hayloft.volume.index.IndexLog;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Needles whose bytes follow from their keys, in volume 7 of a store.
final class TestNeedles {
  static final UUID STORE = new UUID(1, 2);
  static final VolumeSpec SPEC = new VolumeSpec(7, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES);
  static final VolumeStoreConfig CONFIG = VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0).withCheckpointBytes(100_000)
      .withCompaction(new CompactionConfig(0.3, 0, 1L << 40, Duration.ZERO));

  /// Held here, so that the setting is not collected: these tests make faults by the thousand.
  private static final Logger QUIET = Logger.getLogger("hayloft.volume");

  static {
    QUIET.setLevel(Level.OFF);
  }

  private TestNeedles() {}

  static VolumeStore open(Disk disk) throws IOException {
    return open(disk, CONFIG);
  }

  static VolumeStore open(Disk disk, VolumeStoreConfig config) throws IOException {
    return VolumeStore.open(config, List.of(new VolumeStore.Folder(disk, "")),
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), STORE, InstantSource.system(),
        ByteBufAllocator.DEFAULT);
  }

  static VolumeStore openWithVolume(Disk disk) throws IOException {
    VolumeStore store = open(disk);
    store.create(SPEC);
    return store;
  }

  static FileId id(long key) {
    return new FileId(7, key, (int) key * 31);
  }

  static NeedleDraft draft(long key, byte[] data, Durability durability) {
    return draft(key, 1, data, durability);
  }

  static NeedleDraft draft(long key, long epoch, byte[] data, Durability durability) {
    return new NeedleDraft(id(key), NeedleKind.COMMIT, CommitSequence.of(epoch, key),
        Unpooled.copiedBuffer(("meta" + key).getBytes(StandardCharsets.UTF_8)), Unpooled.copiedBuffer(data),
        durability, new Subject(0, ("meta" + key).length()));
  }

  /// Of what needle `key` is about.
  static long subjectHash(long key) {
    return SubjectHash.of(ByteBuffer.wrap(("meta" + key).getBytes(StandardCharsets.UTF_8)));
  }

  /// A commit needle without data, as a delete is one.
  static NeedleDraft withoutData(long key) {
    return draft(key, new byte[0], Durability.FSYNC);
  }

  /// An entry of the catalog's books, as a dead mark is one.
  static NeedleDraft book(long key) {
    NeedleDraft commit = withoutData(key);
    return new NeedleDraft(commit.id(), NeedleKind.BOOK, commit.sequence(), commit.meta(), commit.data(),
        commit.durability(), commit.subject());
  }

  static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] read(VolumeStore store, long key) throws IOException {
    ByteBuf data = assertInstanceOf(ReadResult.Found.class, store.read(id(key), 0, Integer.MAX_VALUE), "needle " + key)
        .data();
    try {
      return ByteBufUtil.getBytes(data);
    } finally {
      data.release();
    }
  }

  static boolean isAbsent(VolumeStore store, long key) {
    try {
      return switch (store.read(id(key), 0, 1)) {
        case ReadResult.Absent() -> true;
        case ReadResult.NotCached() -> false;
        case ReadResult.Found(ByteBuf data) -> {
          data.release();
          yield false;
        }
      };
    } catch (IOException e) {
      throw new AssertionError("needle " + key, e);
    }
  }

  /// Marks needles of volume 7 dead, as the catalog would by its next mark.
  static void markDead(VolumeStore store, List<Long> keys) throws IOException {
    store.markDead(7, store.marks().getFirst().completeSequence() + 1, keys);
  }

  /// What a scan of volume 7 tells, needle by needle.
  record Scanned(List<Long> live, List<Long> dead, List<DamagedNeedle> damaged) {}

  static Scanned scanAll(VolumeStore store) throws IOException {
    Scanned scanned = new Scanned(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    store.scan(VolumePosition.start(7), visitor(scanned));
    return scanned;
  }

  static Scanned scanBooks(VolumeStore store) throws IOException {
    Scanned scanned = new Scanned(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    store.scanBooks(VolumePosition.start(7), visitor(scanned));
    return scanned;
  }

  private static NeedleVisitor visitor(Scanned into) {
    return new NeedleVisitor() {
      @Override
      public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {
        into.live.add(id.key());
      }

      @Override
      public void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) {
        into.dead.add(id.key());
      }

      @Override
      public void damaged(DamagedNeedle needle) {
        into.damaged.add(needle);
      }
    };
  }

  /// Where the needles of volume 7 begin and end, dead ones included.
  static Map<Long, long[]> places(VolumeStore store) throws IOException {
    Map<Long, long[]> places = new HashMap<>();
    for (IndexLog.Entry entry : store.entries(7)) {
      places.put(entry.key(), new long[]{entry.offsetBytes(), entry.endBytes()});
    }
    return places;
  }

  /// Where a needle of volume 7 begins.
  static long placeOf(VolumeStore store, long key) throws IOException {
    return store.entries(7).stream().filter(entry -> entry.key() == key).findFirst().orElseThrow().offsetBytes();
  }

  /// Keys of the live needles in the order of the volume.
  static List<Long> scan(VolumeStore store) throws IOException {
    List<Long> keys = new ArrayList<>();
    store.scan(VolumePosition.start(7), new NeedleVisitor() {
      @Override
      public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {
        keys.add(id.key());
      }

      @Override
      public void damaged(DamagedNeedle needle) {}
    });
    return keys;
  }
}
