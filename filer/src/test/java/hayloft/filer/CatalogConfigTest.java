package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.uploads.UploadConfig;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// Every default in one place, so that none changes unnoticed.
final class CatalogConfigTest {

  @Test
  void theDefaults() {
    var config = CatalogConfig.defaults("store", Durability.FSYNC);
    int threads = config.replayThreads();
    assertTrue(threads >= 2);
    assertEquals(new CatalogConfig("store", Durability.FSYNC, Duration.ofSeconds(1), Duration.ofMinutes(5), threads,
        new KeyStoreConfig(64 << 20, 16 << 20, 8192, 256), new LeaseConfig(2, "", ReplicaPlacement.NONE, ""),
        new BodyConfig(4 << 20, 64, 1024, 96 << 20), new UploadConfig(5 << 20, 5L << 40, 512),
        new CollectorConfig(Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofSeconds(30), 512,
            20_000)),
        config);
  }

  @Test
  void limitsAreCheckedWithTheNameOfTheKey() {
    assertNames("body.chunkBytes", () -> new BodyConfig(0, 64, 1024, 96 << 20));
    assertNames("keystore.writeBufferBytes", () -> new KeyStoreConfig(64 << 20, 60 << 20, 8192, 256));
    assertNames("leases.volumesPerStream", () -> new LeaseConfig(0, "", ReplicaPlacement.NONE, ""));
    assertNames("collector.interval", () -> new CollectorConfig(Duration.ZERO, Duration.ZERO, Duration.ZERO,
        Duration.ZERO, 1, 1));
    assertNames("uploads.inlinePartTableBytes", () -> new UploadConfig(0, 1, 1 << 20));
  }

  private static void assertNames(String key, Runnable creation) {
    String message = assertThrows(IllegalArgumentException.class, creation::run).getMessage();
    assertTrue(message != null && message.contains(key), message);
  }
}
