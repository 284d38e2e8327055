package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.BufferMemory;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.replay.ReplayListener;
import hayloft.filer.uploads.UploadConfig;
import hayloft.common.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Do the catalog's threads outlive whatever is thrown at them?
final class BackgroundThreadsTest {

  @TempDir
  Path directory;

  @Test
  void checkpointsGoOnAfterAnError() throws IOException, InterruptedException {
    var volumes = new MemoryVolumes();
    var config = new CatalogConfig("test-store", Durability.FSYNC, Duration.ofMillis(1), Duration.ofHours(1), 1,
        new KeyStoreConfig(8 << 20, 1 << 20, 8 << 10, 64), LeaseConfig.DEFAULTS,
        new BodyConfig(TestStore.CHUNK_BYTES, 4, 3, 1 << 20), new UploadConfig(0, 1L << 40, 100),
        TestStore.COLLECT_AT_ONCE);
    try (VolumeCatalog catalog = VolumeCatalog.open(config, directory, volumes, new CountingMaster(volumes),
        TestStore.KEY, new TestStore.TestClock(), ReplayListener.NONE, BufferMemory.AMPLE)) {
      catalog.createBucket("bucket", "owner", "", false, plain -> plain);
      var errors = new CountDownLatch(3);
      volumes.throwAtEnds(() -> {
        errors.countDown();
        return new OutOfMemoryError("no memory, says the test");
      });
      assertTrue(errors.await(30, TimeUnit.SECONDS), "the checkpointer is gone");
      volumes.throwAtEnds(() -> null);
      assertEquals("bucket", catalog.buckets().getFirst().name());
    }
  }
}
