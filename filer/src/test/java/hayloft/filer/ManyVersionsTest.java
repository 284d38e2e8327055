package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does a key with many versions that were not collected yet keep nobody waiting who must not wait? A lookup that must
/// not wait answers empty rather than walk over many rows, so what it answers shows how many there were.
final class ManyVersionsTest {

  private static final int MANY = 1000;

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    bucket = store.catalog().findBucket("bucket").orElseThrow();
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private void turn(Versioning versioning) throws IOException {
    bucket = store.catalog().updateBucket("bucket", now -> now.withVersioning(versioning)).orElseThrow();
  }

  private void putMany() throws IOException {
    for (int i = 0; i < MANY; i++) {
      store.put(bucket, "k", "x");
    }
  }

  private void delete(VersionSelector which) throws IOException {
    store.catalog().delete(bucket, "k", which, Precondition.NONE);
  }

  private List<VersionPage.Entry> versions() throws IOException {
    return store.catalog().listVersions(bucket,
        new VersionQuery("", "", Optional.empty(), Optional.empty(), 10_000)).entries();
  }

  private Optional<Lookup> findNow() throws IOException {
    return store.catalog().findNow(bucket, "k", VersionSelector.LATEST);
  }

  private boolean putsNow() throws IOException {
    ByteBuf body = Unpooled.wrappedBuffer(new byte[]{1});
    var begun = store.catalog().putNow(bucket, "k", TestStore.draft("owner"), TestStore.md5(new byte[]{1}),
        new StoredBody.InMemory(body), Precondition.NONE, Durability.FSYNC, Runnable::run);
    if (begun.isPresent()) {
      TestStore.outcome(begun.get());
    } else {
      body.release();
    }
    return begun.isPresent();
  }

  @Test
  void whereVersioningNeverWasTheNewestRowDecides() throws IOException {
    putMany();
    assertInstanceOf(Lookup.Found.class, findNow().orElseThrow());
    delete(VersionSelector.LATEST);
    assertInstanceOf(Lookup.Absent.class, findNow().orElseThrow());
    assertEquals(List.of(), versions());
    assertTrue(putsNow());
    delete(new VersionSelector.Exactly("null"));
    assertInstanceOf(Lookup.Absent.class, findNow().orElseThrow());
    assertTrue(putsNow());
  }

  @Test
  void erasedVersionsAreWalkedOverOnce() throws IOException {
    turn(Versioning.ENABLED);
    String oldest = store.put(bucket, "k", "oldest").versionId();
    putMany();
    for (VersionPage.Entry entry : versions()) {
      if (entry instanceof VersionPage.Entry.Version(ListedVersion version, boolean _)
          && !version.versionId().equals(oldest)) {
        delete(new VersionSelector.Exactly(version.versionId()));
      }
    }
    assertEquals(Optional.empty(), findNow(), "left to those who may wait");
    assertEquals(oldest, found(store.catalog().find(bucket, "k", VersionSelector.LATEST)));
    assertEquals(oldest, found(findNow().orElseThrow()));
    String newer = store.put(bucket, "k", "newer").versionId();
    assertEquals(newer, found(findNow().orElseThrow()));
    delete(new VersionSelector.Exactly(newer));
    delete(new VersionSelector.Exactly(oldest));
    assertInstanceOf(Lookup.Absent.class, findNow().orElseThrow());
    assertEquals(List.of(), versions());
    store.collectAndCompact();
    assertInstanceOf(Lookup.Absent.class, store.catalog().find(bucket, "k", VersionSelector.LATEST));
    assertEquals(0L, store.catalog().rowCounts().getOrDefault('O', 0L));
  }

  @Test
  void nullVersionsUnderAnErasedOneAreWalkedOverOnce() throws IOException {
    putMany();
    turn(Versioning.ENABLED);
    delete(new VersionSelector.Exactly("null"));
    assertEquals(Optional.empty(), findNow(), "left to those who may wait");
    assertInstanceOf(Lookup.Absent.class, store.catalog().find(bucket, "k", VersionSelector.LATEST));
    assertInstanceOf(Lookup.Absent.class, findNow().orElseThrow());
    turn(Versioning.SUSPENDED);
    assertTrue(putsNow());
    assertInstanceOf(Lookup.Found.class, findNow().orElseThrow());
  }

  private static String found(Lookup lookup) {
    return assertInstanceOf(Lookup.Found.class, lookup).version().versionId();
  }
}
