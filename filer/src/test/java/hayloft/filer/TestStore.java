package hayloft.filer;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.memory.BufferMemory;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.commit.Sequences;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.uploads.UploadConfig;
import hayloft.filer.users.StoreKey;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import hayloft.common.FileId;
import java.util.Set;
import java.util.stream.Collectors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// A catalog over volumes in memory, with small limits, that can be stopped, killed and rebuilt. Confined to one
/// thread, but for the catalog itself.
final class TestStore {

  static final int CHUNK_BYTES = 1000;
  static final StoreKey KEY = new StoreKey(new byte[32]);
  static final CollectorConfig COLLECT_AT_ONCE = new CollectorConfig(Duration.ZERO, Duration.ZERO, Duration.ofHours(1),
      Duration.ofHours(1), 64, 1_000_000);

  final MemoryVolumes volumes;
  final CountingMaster master;
  /// Under every catalog of this store.
  final BreakableRows rows = new BreakableRows();
  private final Path directory;
  private final CollectorConfig collector;
  private final TestClock clock = new TestClock();
  private final long writeBufferBytes;
  private final Durability durability;
  private int directories;
  private int puts;
  private long replayed;
  private VolumeCatalog catalog;
  private long renewAt = Sequences.RENEW_AT;

  TestStore(Path directory) throws IOException {
    this(directory, new MemoryVolumes(300, Runnable::run), COLLECT_AT_ONCE);
  }

  TestStore(Path directory, MemoryVolumes volumes, CollectorConfig collector) throws IOException {
    this(directory, volumes, collector, 2 << 20, Durability.FSYNC);
  }

  /// One whose key store flushes after some dozens of mutations.
  static TestStore withSmallWriteBuffer(Path directory) throws IOException {
    return new TestStore(directory, new MemoryVolumes(300, Runnable::run), COLLECT_AT_ONCE, 1 << 20,
        Durability.FSYNC);
  }

  /// One of a process with that durability, whose bodies go by it too.
  static TestStore of(Path directory, Durability durability) throws IOException {
    return new TestStore(directory, new MemoryVolumes(300, Runnable::run), COLLECT_AT_ONCE, 2 << 20, durability);
  }

  private TestStore(Path directory, MemoryVolumes volumes, CollectorConfig collector, long writeBufferBytes,
      Durability durability) throws IOException {
    this.durability = durability;
    this.writeBufferBytes = writeBufferBytes;
    this.directory = directory;
    this.volumes = volumes;
    this.collector = collector;
    master = new CountingMaster(volumes);
    catalog = open();
  }

  private TestStore(TestStore former) throws IOException {
    directory = former.directory.resolve("successor");
    volumes = former.volumes;
    collector = former.collector;
    writeBufferBytes = former.writeBufferBytes;
    durability = former.durability;
    master = former.master;
    catalog = open();
  }

  /// Another process with a directory of its own takes the catalog over.
  TestStore takeOver() throws IOException {
    return new TestStore(this);
  }

  /// From the next opening on an epoch is renewed at that counter.
  void renewEpochsAt(long counter) {
    renewAt = counter;
  }

  /// Opens the directory again after the catalog was stopped in some other way.
  void reopen() throws IOException {
    catalog = open();
  }

  /// Needles applied by the last open.
  long replayed() {
    return replayed;
  }

  /// Moves by hand.
  static final class TestClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant instant() {
      return now;
    }

    synchronized void advance(Duration by) {
      now = now.plus(by);
    }
  }

  TestClock clock() {
    return clock;
  }

  VolumeCatalog catalog() {
    return catalog;
  }

  Path catalogDirectory() {
    return directory.resolve("catalog-" + directories);
  }

  private VolumeCatalog open() throws IOException {
    var config = new CatalogConfig("test-store", durability, Duration.ofHours(1), Duration.ofHours(1), 2,
        new KeyStoreConfig(Integer.getInteger("hayloft.figures.objects", 0) > 0 ? 64 << 20 : 8 << 20, writeBufferBytes,
            8 << 10,
            64),
        LeaseConfig.DEFAULTS, new BodyConfig(CHUNK_BYTES, 4, 3, 1 << 20),
        new UploadConfig(0, 1L << 40, 100), collector);
    return VolumeCatalog.open(config,
        rows.under(new CatalogDirectory(catalogDirectory(), config.storeId(), config.keyStore(), volumes)), volumes,
        master, KEY, clock, progress -> replayed = progress.needles(), BufferMemory.AMPLE, renewAt);
  }

  void restart() throws IOException {
    catalog.close();
    catalog = open();
  }

  void crash() throws IOException {
    catalog.crash();
    catalog = open();
  }

  /// Opens another, empty directory.
  void rebuild() throws IOException {
    catalog.crash();
    directories++;
    catalog = open();
  }

  /// Collects, compacts all volumes, and so on until nothing is left to do: then everything dead is physically gone,
  /// killers too.
  void collectAndCompact() throws IOException {
    Set<FileId> before = Set.of();
    while (true) {
      catalog.collectNow();
      volumes.compact(_ -> true);
      Set<FileId> live = volumes.live().stream().map(MemoryVolumes.Needle::id).collect(Collectors.toSet());
      if (live.equals(before)) {
        return;
      }
      before = live;
    }
  }

  /// The rows of a table.
  Map<String, String> table(byte table) throws IOException {
    var rows = new TreeMap<String, String>();
    catalog.showTable(table, (key, value) -> rows.put(HexFormat.of().formatHex(key), HexFormat.of().formatHex(value)));
    return rows;
  }

  /// Needles that live, without the books on volumes.
  List<MemoryVolumes.Needle> liveTruths() {
    return volumes.live().stream().filter(needle -> !needle.isBook()).toList();
  }

  Map<String, String> dump() throws IOException {
    var rows = new TreeMap<String, String>();
    catalog.dump((key, value) -> rows.put((char) key[0] + HexFormat.of().formatHex(key, 1, key.length),
        HexFormat.of().formatHex(value)));
    return rows;
  }

  /// With table R, too.
  Map<String, String> dump(boolean remains) throws IOException {
    Map<String, String> rows = dump();
    if (remains) {
      catalog.dumpRemains((key, value) -> rows.put((char) key[0] + HexFormat.of().formatHex(key, 1, key.length),
          HexFormat.of().formatHex(value)));
    }
    return rows;
  }

  static ObjectDraft draft(String owner) {
    return new ObjectDraft(Map.of("content-type", "binary/octet-stream"), Map.of(), Map.of(), owner, "STANDARD",
        Optional.empty());
  }

  static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  StoredBody body(Bucket bucket, String key, byte[] bytes) throws IOException {
    BodyWriter writer = catalog.writeBody(bucket, key, bucket.durabilityOr(durability));
    int half = bytes.length / 2;
    writer.write(Unpooled.copiedBuffer(bytes, 0, half));
    writer.write(Unpooled.copiedBuffer(bytes, half, bytes.length - half));
    return writer.finish();
  }

  /// Every other small one as an event loop does it.
  PutOutcome put(Bucket bucket, String key, byte[] bytes, ObjectDraft draft, Precondition condition)
      throws IOException {
    StoredBody body = body(bucket, key, bytes);
    Durability promised = bucket.durabilityOr(durability);
    if (puts++ % 2 == 0) {
      Optional<CompletableFuture<PutOutcome>> begun = catalog.putNow(bucket, key, draft, md5(bytes), body, condition,
          promised, Runnable::run);
      if (begun.isPresent()) {
        return outcome(begun.get());
      }
    }
    return catalog.put(bucket, key, draft, md5(bytes), body, condition, promised);
  }

  static PutOutcome outcome(CompletableFuture<PutOutcome> begun) throws IOException {
    try {
      return begun.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException fault) {
        throw fault;
      }
      throw e;
    }
  }

  ObjectVersion put(Bucket bucket, String key, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (put(bucket, key, bytes, draft(bucket.ownerId()), Precondition.NONE) instanceof PutOutcome.Stored(var version)) {
      return version;
    }
    throw new AssertionError("not stored: " + key);
  }

  byte[] read(ObjectVersion version, ByteRange range) throws IOException {
    BodyReader reader = catalog.read(version, range);
    var bytes = new ByteArrayOutputStream();
    for (ByteBuf piece = reader.next(); piece != null; piece = reader.next()) {
      bytes.writeBytes(ByteBufUtil.getBytes(piece));
      piece.release();
    }
    return bytes.toByteArray();
  }

  /// The same through what memory holds, as far as it holds it.
  byte[] readPolling(ObjectVersion version, ByteRange range) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (BodyReader reader = catalog.read(version, range)) {
      while (true) {
        ByteBuf polled = reader.poll();
        ByteBuf piece = polled == null ? reader.next() : polled;
        if (piece == null) {
          return bytes.toByteArray();
        }
        bytes.writeBytes(ByteBufUtil.getBytes(piece));
        piece.release();
      }
    }
  }

  byte[] read(ObjectVersion version) throws IOException {
    return read(version, ByteRange.whole(version.sizeBytes()));
  }
}
