package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import hayloft.filer.losses.Losses;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Is what a cut volume has lost named before the rows are made anew?
final class LossReportTest {

  @TempDir
  Path directory;
  @Test
  void objectsOfACutVolumeAreNamed() throws IOException {
    try (var log = new LoggedLines()) {
      objectsOfACutVolumeAreNamed(log);
    }
  }

  private void objectsOfACutVolumeAreNamed(LoggedLines log) throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
    for (int i = 0; i < 10; i++) {
      store.put(bucket, "hay/" + i, "text " + i);
    }
    store.restart();
    assertEquals(List.of(), log.texts());
    int volume = store.volumes.ends().getFirst().volume();
    store.catalog().close();
    store.volumes.cut(volume, 2);
    store.reopen();
    List<String> left = store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 100)).objects().stream()
        .map(ListedVersion::key).toList();
    assertEquals(8, left.size(), left.toString());
    List<String> named = log.texts().stream().filter(line -> line.startsWith("catalog.rowLost "))
        .map(line -> line.replaceFirst(".*what=\"object barn/(.*)\" needle=" + volume + ",.*", "$1")).toList();
    assertEquals(IntStream.range(0, 10).mapToObj(i -> "hay/" + i).filter(key -> !left.contains(key)).toList(), named);
    assertTrue(log.texts().contains("volume.endsTooEarly volumes=[" + volume + "] lostRows=2 action=rebuild"),
        log.texts().toString());
    assertTrue(lost(store).containsAll(named.stream().map(key -> "object barn/" + key).toList()),
        lost(store).toString());
    log.clear();
    store.restart();
    assertTrue(log.texts().stream().noneMatch(line -> line.startsWith("catalog.rowLost ")),
        "said once: " + log.texts());
    assertTrue(lost(store).containsAll(named.stream().map(key -> "object barn/" + key).toList()),
        lost(store).toString());
    store.catalog().close();
  }

  private static List<String> lost(TestStore store) throws IOException {
    return store.catalog().lostTruths().stream().map(Losses.Loss::name).toList();
  }

  @Test
  void rowsThatCannotBeReadDoNotKeepTheCatalogFromBeingMadeAnew() throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
    for (int i = 0; i < 10; i++) {
      store.put(bucket, "hay/" + i, "text " + i);
    }
    store.catalog().close();
    try (KeyStore rows = RocksStore.open(store.catalogDirectory(), new KeyStoreConfig(8 << 20, 2 << 20, 8 << 10, 64),
        () -> {})) {
      var damage = new KeyBatch();
      damage.put(RowKeys.bucketDocument(1, 1), new byte[]{1});
      rows.write(damage);
      rows.flush();
    }
    store.volumes.cut(store.volumes.ends().getFirst().volume(), 2);
    store.reopen();
    assertEquals(8, store.catalog().usage(bucket).objects());
    store.catalog().close();
  }
}
