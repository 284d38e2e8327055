package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.sun.management.OperatingSystemMXBean;
import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.filer.gc.CollectorConfig;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/// Figures of the catalog alone, over volumes in memory, in microseconds of this thread: not a test of speed, a way to
/// print it. Runs with `-Dhayloft.figures.objects=1000000`.
@EnabledIfSystemProperty(named = "hayloft.figures.objects", matches = "\\d+")
final class CatalogFiguresTest {

  private static final int OBJECTS = Integer.getInteger("hayloft.figures.objects", 0);
  private static final int READS = 200_000;

  @TempDir
  Path directory;

  private static String key(int number) {
    return "photos/%02d/%08d.jpg".formatted(number % 10, number * 7919L % OBJECTS);
  }

  private static String anyEtag(Random random) {
    byte[] md5 = new byte[16];
    random.nextBytes(md5);
    return HexFormat.of().formatHex(md5);
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void measure(String what, int times, Work work) throws IOException {
    var threads = ManagementFactory.getThreadMXBean();
    long wall = System.nanoTime();
    long cpu = threads.getCurrentThreadCpuTime();
    work.run();
    double wallMicros = (System.nanoTime() - wall) / 1000.0 / times;
    double cpuMicros = (threads.getCurrentThreadCpuTime() - cpu) / 1000.0 / times;
    System.out.printf("%-40s %9.2f us each, %9.2f us of this thread's CPU%n", what, wallMicros, cpuMicros);
  }

  @Test
  void figures() throws IOException {
    var store = new TestStore(directory, new MemoryVolumes(1 << 30, Runnable::run), new CollectorConfig(Duration.ZERO,
        Duration.ZERO, Duration.ofHours(1), Duration.ofHours(1), 512, 1 << 30));
    VolumeCatalog catalog = store.catalog();
    Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
        catalog.createBucket("bucket", "owner", "us-east-1", false, plain -> plain)).bucket();
    byte[] bytes = new byte[16];
    var etags = new Random(2);
    ObjectDraft draft = TestStore.draft("owner");
    measure("put, " + OBJECTS + " new keys", OBJECTS, () -> {
      for (int i = 0; i < OBJECTS; i++) {
        catalog.put(bucket, key(i), draft, anyEtag(etags), new StoredBody.InMemory(Unpooled.wrappedBuffer(bytes)),
            Precondition.NONE, Durability.FSYNC);
      }
    });
    catalog.flushNow();
    System.out.println("key store: " + catalog.storeSizes() + ", " + catalog.storeSizes().fileBytes() / OBJECTS
        + " bytes of files per object");
    var random = new Random(1);
    for (int round = 0; round < 2; round++) {
      measure("find", READS, () -> {
        for (int i = 0; i < READS; i++) {
          assertInstanceOf(Lookup.Found.class,
              catalog.find(bucket, key(random.nextInt(OBJECTS)), VersionSelector.LATEST));
        }
      });
      measure("findNow, 1000 hot keys", READS, () -> {
        for (int i = 0; i < READS; i++) {
          catalog.findNow(bucket, key(random.nextInt(1000)), VersionSelector.LATEST);
        }
      });
      measure("find of keys that are not there", READS, () -> {
        for (int i = 0; i < READS; i++) {
          catalog.find(bucket, key(random.nextInt(OBJECTS)) + "x", VersionSelector.LATEST);
        }
      });
      measure("list, full walk, per page of 1000", OBJECTS / 1000, () -> walk(catalog, bucket));
      measure("list with delimiter, 10 prefixes", 1000, () -> {
        for (int i = 0; i < 1000; i++) {
          assertEquals(10, catalog.list(bucket, new ListQuery("photos/", "/", Optional.empty(), 1000)).commonPrefixes()
              .size());
        }
      });
    }
    ObjectVersion version = assertInstanceOf(Lookup.Found.class, catalog.find(bucket, key(1), VersionSelector.LATEST))
        .version();
    measure("poll", READS, () -> {
      for (int i = 0; i < READS; i++) {
        try (BodyReader reader = catalog.read(version, ByteRange.whole(16))) {
          Objects.requireNonNull(reader.poll()).release();
        }
      }
    });
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      long cpu = system.getProcessCpuTime();
      measure("rebuild, two threads, per object", OBJECTS, store::rebuild);
      System.out.printf("rebuild: %.2f us of all threads' CPU per object%n",
          (system.getProcessCpuTime() - cpu) / 1000.0 / OBJECTS);
    }
    measure("delete", OBJECTS / 10, () -> {
      for (int i = 0; i < OBJECTS / 10; i++) {
        store.catalog().delete(bucket, key(i), VersionSelector.LATEST, Precondition.NONE);
      }
    });
    measure("collect, per deleted object", OBJECTS / 10, () -> store.catalog().collectNow());
    store.catalog().close();
  }

  /// A listing with a delimiter over 10 prefixes, of which only the last key of the last is alive: what a page costs
  /// that has to step over everything that was deleted and not collected yet, and over what was collected and not
  /// compacted away yet.
  @Test
  void listingsOverWhatIsNotThere() throws IOException {
    var store = new TestStore(directory, new MemoryVolumes(1 << 30, Runnable::run), new CollectorConfig(Duration.ZERO,
        Duration.ZERO, Duration.ofHours(1), Duration.ofHours(1), 512, 1 << 30));
    VolumeCatalog catalog = store.catalog();
    Bucket plain = assertInstanceOf(BucketCreation.Created.class,
        catalog.createBucket("plain", "owner", "us-east-1", false, bucket -> bucket)).bucket();
    Bucket versioned = assertInstanceOf(BucketCreation.Created.class, catalog.createBucket("versioned", "owner",
        "us-east-1", false, bucket -> bucket.withVersioning(Versioning.ENABLED))).bucket();
    for (Bucket bucket : new Bucket[]{plain, versioned}) {
      String name = bucket.name();
      fill(catalog, bucket);
      pages(catalog, bucket, name + ", all alive", 1000);
      for (int i = 0; i < OBJECTS - 1; i++) {
        catalog.delete(bucket, sorted(i), VersionSelector.LATEST, Precondition.NONE);
      }
      pages(catalog, bucket, name + ", all but the last deleted", 1);
    }
    catalog.collectNow();
    pages(catalog, plain, "plain, collected", 1);
    catalog.flushNow();
    pages(catalog, plain, "plain, collected and flushed", 1);
    catalog.close();
  }

  private static String sorted(int number) {
    return "photos/%02d/%08d.jpg".formatted((int) (number * 10L / OBJECTS), number);
  }

  private static void fill(VolumeCatalog catalog, Bucket bucket) throws IOException {
    var etags = new Random(2);
    for (int i = 0; i < OBJECTS; i++) {
      catalog.put(bucket, sorted(i), TestStore.draft("owner"), anyEtag(etags),
          new StoredBody.InMemory(Unpooled.wrappedBuffer(new byte[16])), Precondition.NONE, Durability.FSYNC);
    }
  }

  private static void pages(VolumeCatalog catalog, Bucket bucket, String what, int times) throws IOException {
    var query = new ListQuery("photos/", "/", Optional.empty(), 1000);
    int prefixes = catalog.list(bucket, query).commonPrefixes().size();
    measure(what + ", " + prefixes + " prefixes", times, () -> {
      for (int i = 0; i < times; i++) {
        assertEquals(prefixes, catalog.list(bucket, query).commonPrefixes().size());
      }
    });
  }

  private static void walk(VolumeCatalog catalog, Bucket bucket) throws IOException {
    int count = 0;
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = catalog.list(bucket, new ListQuery("", "", after, 1000));
      count += page.objects().size();
      after = page.next();
    } while (after.isPresent());
    assertEquals(OBJECTS, count);
  }
}
