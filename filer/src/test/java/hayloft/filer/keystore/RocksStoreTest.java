package hayloft.filer.keystore;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does the store keep what it says of flushes, also of those that nobody asked for?
final class RocksStoreTest {

  private static final KeyStoreConfig CONFIG = new KeyStoreConfig(8 << 20, 1 << 20, 8 << 10, 64);

  @TempDir
  Path directory;

  private static byte[] key(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  private static void put(RocksStore store, long number, byte[] value) throws IOException {
    var batch = new KeyBatch();
    batch.put(key(number), value);
    store.write(batch);
  }

  @Test
  void noRowSurvivesThatWasPutAfterTheCallBeforeItsFlush() throws IOException {
    var written = new AtomicLong();
    var announced = new AtomicLong(); // rows that were there when the last flush was announced
    var flushes = new AtomicInteger();
    var random = new Random(1);
    try (RocksStore store = RocksStore.open(directory, CONFIG, () -> {
      flushes.incrementAndGet();
      announced.set(written.get() + 1); // the row that is being put may be there already
    })) {
      for (int i = 0; i < 5000; i++) {
        byte[] value = new byte[1000];
        random.nextBytes(value);
        put(store, i, value);
        written.set(i + 1);
      }
    }
    assertTrue(flushes.get() > 1, "flushes that nobody asked for");
    try (RocksStore store = RocksStore.open(directory, CONFIG, () -> {})) {
      assertNotNull(store.get(key(0)));
      try (KeyCursor rows = store.cursor(key(0), key(Long.MAX_VALUE), KeyStore.Reach.DISK)) {
        long count = 0;
        for (boolean found = rows.seek(key(0)); found; found = rows.next()) {
          count++;
        }
        assertTrue(count <= announced.get(), count + " rows survive, " + announced + " were announced");
      }
    }
  }

  @Test
  void aPlaceThatIsNoFolderIsRefusedInWords() throws IOException {
    Path link = Files.createSymbolicLink(directory.resolve("catalog"), directory.resolve("not-mounted"));
    IOException refused = assertThrows(IOException.class, () -> RocksStore.open(link, CONFIG, () -> {}));
    assertTrue(String.valueOf(refused.getMessage()).startsWith(link + " is no folder"), refused.getMessage());
  }

  @Test
  void aFlushThatShouldNotHaveBeenEndsTheStore() throws IOException {
    try (RocksStore store = RocksStore.open(directory, CONFIG, () -> {
      throw new IOException("not yet");
    })) {
      put(store, 1, new byte[1]);
      assertThrows(IOException.class, store::flush);
      IOException refused = assertThrows(IOException.class, () -> put(store, 2, new byte[1]));
      assertEquals("not yet", refused.getCause() == null ? "" : refused.getCause().getMessage());
      assertNotNull(store.get(key(1)));
    }
  }

  @Test
  void aCallUnderAnOpenCursorIsRefusedWhenTheStoreClosesInsteadOfWaitingForIt() throws Exception {
    RocksStore store = RocksStore.open(directory, CONFIG, () -> {});
    put(store, 1, new byte[]{1});
    KeyCursor rows = store.cursor(key(0), key(9), KeyStore.Reach.DISK);
    assertTrue(rows.seek(key(0)));
    Thread closer = Thread.ofPlatform().start(store::close);
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
      assertThrows(IOException.class, () -> store.get(key(1)));
      KeyCursor inner = store.cursor(key(0), key(9), KeyStore.Reach.DISK);
      assertThrows(IOException.class, () -> inner.seek(key(0)));
    });
    assertArrayEquals(new byte[]{1}, rows.value(), "what is open stays readable");
    rows.close();
    closer.join();
    store.close();
    assertThrows(IOException.class, () -> store.get(key(1)));
  }
}
