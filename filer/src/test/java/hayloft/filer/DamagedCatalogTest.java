package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.keystore.DamagedStoreException;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Is a catalog made anew whatever happened to its directory?
final class DamagedCatalogTest {

  @TempDir
  Path directory;

  private interface Hurting {
    void hurt(Path catalog) throws IOException;
  }

  /// What may happen to the directory while nobody uses it.
  private enum Damage {
    A_BIT_OF_ROWS_FLIPPED(catalog -> flip(largest(catalog, ".sst"), 0.5)),
    A_BIT_AT_THE_BEGINNING_FLIPPED(catalog -> flip(largest(catalog, ".sst"), 0.01)),
    A_BIT_OF_AN_INDEX_FLIPPED(catalog -> flip(largest(catalog, ".sst"), 0.97)),
    ROWS_CUT(catalog -> cut(largest(catalog, ".sst"))),
    ROWS_EMPTY(catalog -> Files.write(largest(catalog, ".sst"), new byte[0])),
    ROWS_GONE(catalog -> Files.delete(largest(catalog, ".sst"))),
    MANIFEST_GONE(catalog -> Files.delete(largest(catalog, "MANIFEST"))),
    MANIFEST_EMPTY(catalog -> Files.write(largest(catalog, "MANIFEST"), new byte[0])),
    MANIFEST_FLIPPED(catalog -> flip(largest(catalog, "MANIFEST"), 0.5)),
    CURRENT_GONE(catalog -> Files.delete(catalog.resolve("CURRENT"))),
    CURRENT_EMPTY(catalog -> Files.write(catalog.resolve("CURRENT"), new byte[0])),
    CURRENT_NAMES_NOTHING(catalog -> Files.writeString(catalog.resolve("CURRENT"), "MANIFEST-000099\n")),
    CURRENT_IS_A_DIRECTORY(catalog -> {
      Files.delete(catalog.resolve("CURRENT"));
      Files.createDirectory(catalog.resolve("CURRENT"));
    }),
    EVERYTHING_GONE(catalog -> {
      for (Path file : files(catalog)) {
        Files.delete(file);
      }
    });

    private final Hurting hurting;

    Damage(Hurting hurting) {
      this.hurting = hurting;
    }
  }

  private static List<Path> files(Path catalog) throws IOException {
    try (Stream<Path> files = Files.list(catalog)) {
      return files.toList();
    }
  }

  private static Path largest(Path catalog, String name) throws IOException {
    return files(catalog).stream().filter(file -> file.getFileName().toString().contains(name))
        .max(Comparator.comparingLong(file -> file.toFile().length())).orElseThrow();
  }

  private static void flip(Path file, double where) throws IOException {
    try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
      long at = (long) (bytes.length() * where);
      bytes.seek(at);
      int old = bytes.read();
      bytes.seek(at);
      bytes.write(old ^ 4);
    }
  }

  private static void cut(Path file) throws IOException {
    try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(bytes.length() / 2);
    }
  }

  private static Bucket filled(TestStore store) throws IOException {
    Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
    var random = new Random(1);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[100];
      random.nextBytes(bytes);
      byte[] filler = new byte[1_500];
      random.nextBytes(filler);
      var draft = new ObjectDraft(Map.of(), Map.of("filler", HexFormat.of().formatHex(filler)), Map.of(), "owner",
          "STANDARD", Optional.empty());
      store.put(bucket, "key " + i, bytes, draft, Precondition.NONE);
    }
    return bucket;
  }

  @ParameterizedTest
  @EnumSource
  void anyDamageEndsInARebuildByItself(Damage damage) throws IOException {
    var store = new TestStore(directory);
    filled(store);
    Map<String, String> rows = store.dump();
    store.catalog().close();
    damage.hurting.hurt(store.catalogDirectory());
    try (var log = new LoggedLines()) {
      store.reopen();
      assertEquals(List.of(), log.traces());
      assertTrue(log.texts().stream().allMatch(line -> line.contains(" action=rebuild ")), log.texts().toString());
      assertTrue(log.texts().size() <= 1, log.texts().toString());
    }
    assertTrue(store.replayed() >= 201, "replayed " + store.replayed());
    assertEquals(rows, store.dump());
    store.restart();
    assertEquals(0, store.replayed(), "made anew once");
    assertEquals(rows, store.dump());
    store.catalog().close();
  }

  /// The process may be killed between any two deletions.
  @Test
  void aKillWhileTheDirectoryIsThrownAwayLeavesOneThatIsMadeAnew() throws IOException {
    boolean killed = true;
    for (int kept = 1; killed; kept++) {
      var store = new TestStore(directory.resolve("kept-" + kept));
      filled(store);
      Map<String, String> rows = store.dump();
      store.catalog().close();
      List<Path> files = new ArrayList<>(files(store.catalogDirectory()));
      files.sort(Comparator.comparing(file -> !file.endsWith("CURRENT"))); // it goes first
      killed = files.size() > kept;
      for (Path file : files.subList(0, Math.max(1, files.size() - kept))) {
        Files.delete(file);
      }
      store.reopen();
      assertEquals(rows, store.dump(), kept + " files kept");
      store.catalog().close();
    }
  }

  @Test
  void damageThatIsMetWhileTheCatalogServesIsToldOnceAndByName() throws IOException {
    var config = new KeyStoreConfig(8 << 20, 1 << 20, 1 << 10, 64);
    var told = new ArrayList<DamagedStoreException>();
    try (RocksStore store = RocksStore.open(directory, config, () -> {}, told::add)) {
      var batch = new KeyBatch();
      var random = new Random(2);
      for (int i = 0; i < 1000; i++) {
        byte[] value = new byte[500];
        random.nextBytes(value);
        batch.put(key(i), value);
      }
      store.write(batch);
      store.flush();
      flip(largest(directory, ".sst"), 0.5);
      for (int round = 0; round < 2; round++) {
        DamagedStoreException damage = assertThrows(DamagedStoreException.class, () -> readAll(store));
        assertTrue(String.valueOf(damage.getMessage()).contains(".sst"), damage.getMessage());
      }
      assertEquals(1, told.size());
    }
  }

  private static byte[] key(int i) {
    return ("k" + i).getBytes(StandardCharsets.UTF_8);
  }

  private static void readAll(RocksStore store) throws IOException {
    try (KeyCursor rows = store.cursor(new byte[]{0}, new byte[]{(byte) 0xFF}, Reach.DISK)) {
      for (boolean found = rows.seek(new byte[]{0}); found; found = rows.next()) {
        rows.value();
      }
    }
  }

  @Test
  void damageThatIsMetWhileTheCatalogServesEndsInARebuildAtTheNextStart() throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = filled(store);
    Map<String, String> rows = store.dump();
    store.restart();
    flip(largest(store.catalogDirectory(), ".sst"), 0.5);
    try (var log = new LoggedLines()) {
      assertThrows(DamagedStoreException.class, () -> {
        for (int i = 0; i < 200; i++) {
          store.catalog().find(bucket, "key " + i, VersionSelector.LATEST);
        }
      });
      assertEquals(List.of(), log.traces());
      assertEquals(1, log.texts().size(), log.texts().toString());
      assertTrue(log.texts().getFirst().contains("catalog.damaged"), log.texts().toString());
      assertTrue(log.texts().getFirst().contains(" action=rebuild_at_next_start "), log.texts().toString());
    }
    store.restart();
    assertTrue(store.replayed() >= 201, "replayed " + store.replayed());
    assertEquals(rows, store.dump());
    store.catalog().close();
  }
}
