package hayloft.jmh.catalog;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.memory.BufferMemory;
import hayloft.common.placement.NodeAddress;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.CatalogConfig;
import hayloft.filer.ListQuery;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.VersionSelector;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.users.StoreKey;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The catalog's share of a request, over real volumes and RocksDB in a temporary directory: finding an object, reading
/// its 4 KiB from the page cache, storing 4 KiB (acknowledged from the page cache, so that no disk is measured),
/// listing.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CatalogBenchmark {
  private static final int OBJECTS = 10_000;
  private static final int BYTES = 4096;
  private static final String ETAG = "620f0b67a91f7f74151bc5be745b7110";
  private static final ObjectDraft DRAFT = new ObjectDraft(Map.of("content-type", "binary/octet-stream"), Map.of(),
      Map.of(), "bench", "STANDARD", Optional.empty());

  private final Rooms rooms = Rooms.open();
  private final VolumeCatalog catalog = rooms.catalog;
  private final Bucket bucket = rooms.bucket();

  /// A store in a temporary directory.
  private record Rooms(Path folder, VolumeStore volumes, Master master, VolumeCatalog catalog) {

    static Rooms open() {
      try {
        Path folder = Files.createTempDirectory("hayloft-bench");
        UUID store = new UUID(1, 2);
        Path needles = Files.createDirectory(folder.resolve("volumes"));
        VolumeStore volumes = VolumeStore.open(VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0),
            List.of(new VolumeStore.Folder(new FileDisk(needles), "")),
            new NodeAddress("bench", "localhost:1", "localhost:1", "dc", "rack"), store, InstantSource.system(),
            PooledByteBufAllocator.DEFAULT);
        Master master = Master.open(folder.resolve("master"), MasterConfig.DEFAULTS, InstantSource.system());
        master.register(volumes);
        return new Rooms(folder, volumes, master,
            VolumeCatalog.open(CatalogConfig.defaults(store.toString(), Durability.OS), folder.resolve("catalog"),
                volumes, master, new StoreKey(new byte[StoreKey.BYTES]), InstantSource.system(), _ -> {},
                BufferMemory.AMPLE));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Bucket bucket() {
      try {
        return switch (catalog.createBucket("bench", "bench", "", false, plain -> plain)) {
          case BucketCreation.Created(Bucket created) -> created;
          case BucketCreation.NameTaken(Bucket existing) -> existing;
        };
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void close() throws IOException {
      catalog.close();
      master.close();
      volumes.close();
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  @Setup(Level.Trial)
  public void fill() throws IOException {
    for (int i = 0; i < OBJECTS; i++) {
      put(i);
    }
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    rooms.close();
  }

  private static String key(int number) {
    return "bench/" + (1_000_000_000L + number);
  }

  private PutOutcome put(int number) throws IOException {
    BodyWriter writer = catalog.writeBody(bucket, key(number), Durability.OS);
    writer.write(PooledByteBufAllocator.DEFAULT.directBuffer(BYTES).writeZero(BYTES));
    return catalog.put(bucket, key(number), DRAFT, ETAG, writer.finish(), Precondition.NONE, Durability.OS);
  }

  private ObjectVersion someObject() throws IOException {
    String key = key(ThreadLocalRandom.current().nextInt(OBJECTS));
    if (catalog.findNow(bucket, key, VersionSelector.LATEST)
        .orElseThrow() instanceof Lookup.Found(ObjectVersion found)) {
      return found;
    }
    throw new IllegalStateException("not found: " + key);
  }

  @Benchmark
  public ObjectVersion find() throws IOException {
    return someObject();
  }

  @Benchmark
  public int findAndRead() throws IOException {
    ObjectVersion version = someObject();
    try (BodyReader reader = catalog.read(version, ByteRange.whole(BYTES))) {
      ByteBuf bytes = reader.poll();
      int length = bytes == null ? 0 : bytes.readableBytes();
      (bytes == null ? Unpooled.EMPTY_BUFFER : bytes).release();
      return length;
    }
  }

  @Benchmark
  public PutOutcome overwrite() throws IOException {
    return put(ThreadLocalRandom.current().nextInt(OBJECTS));
  }

  @Benchmark
  public ObjectPage list1000() throws IOException {
    return catalog.list(bucket, new ListQuery("", "", Optional.empty(), 1000));
  }
}
