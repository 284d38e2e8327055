package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.RestartNeededException;
import hayloft.filer.BreakableRows.Call;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.StoppingStore;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Does a fault of the rows' files stop the catalog, whoever meets it? And a full disk nobody?
final class StopAfterRowsTest {

  @TempDir
  Path directory;
  private final LoggedLines log = new LoggedLines();
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("bucket", "owner", "", false, plain -> plain)).bucket();
    store.put(bucket, "kept", "kept");
  }

  @AfterEach
  void close() throws IOException {
    log.close();
    store.rows.mend();
    store.catalog().close();
  }

  /// All the same to everybody from then on, told once, and the next start is well.
  private void assertStopped(Executable meetsIt) throws IOException {
    assertThrows(IOException.class, meetsIt);
    assertTrue(store.catalog().isStopped(), "stopped");
    assertTrue(store.catalog().startHelps().isDone(), "a start helps");
    assertThrows(RestartNeededException.class, () -> store.put(bucket, "refused", "x"));
    assertThrows(RestartNeededException.class,
        () -> store.catalog().delete(bucket, "kept", VersionSelector.LATEST, Precondition.NONE));
    assertThrows(RestartNeededException.class, () -> store.catalog().checkpointNow());
    assertThrows(RestartNeededException.class, () -> store.catalog().collectNow());
    assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, "kept", VersionSelector.LATEST));
    assertEquals(1, log.texts().stream().filter(line -> line.startsWith("catalog.stopped")).count(),
        () -> log.texts().toString());
    store.rows.mend();
    assertThrows(RestartNeededException.class, () -> store.put(bucket, "refused", "x"));
    store.catalog().close();
    store.reopen();
    assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, "kept", VersionSelector.LATEST));
    store.put(bucket, "more", "more");
  }

  @ParameterizedTest
  @EnumSource(names = {"WRITE", "FLUSH"})
  void theFirstMutationOfAStartMeetsIt(Call failing) throws IOException {
    store.restart();
    store.rows.breakAt(call -> call == failing);
    assertStopped(() -> {
      var refusal = assertThrows(RestartNeededException.class, () -> store.put(bucket, "first", "x"));
      throw refusal; // nothing was done, which is said
    });
    assertEquals(new Lookup.Absent(), store.catalog().find(bucket, "first", VersionSelector.LATEST));
  }

  @Test
  void rowsOfAMutationMeetIt() throws IOException {
    store.rows.breakAt(call -> call == Call.WRITE);
    assertStopped(() -> store.put(bucket, "k", "x"));
  }

  @ParameterizedTest
  @EnumSource(names = {"WRITE", "FLUSH"})
  void aCheckpointMeetsIt(Call failing) throws IOException {
    store.rows.breakAt(call -> call == failing);
    assertStopped(failing == Call.WRITE ? store.catalog()::checkpointNow : store.catalog()::collectNow);
  }

  @Test
  void aCollectionMeetsIt() throws IOException {
    store.put(bucket, "garbage", "x");
    store.catalog().delete(bucket, "garbage", VersionSelector.LATEST, Precondition.NONE);
    var flushed = new AtomicBoolean();
    store.rows.failWith(call -> {
      if (call == Call.WRITE && flushed.get()) {
        throw new IOException("IO error: EIO");
      }
      flushed.compareAndSet(false, call == Call.FLUSH);
    });
    assertStopped(store.catalog()::collectNow);
  }

  @Test
  void aBodyThatIsGivenUpMeetsIt() throws IOException {
    BodyWriter writer = store.catalog().writeBody(bucket, "k", Durability.FSYNC);
    writer.write(Unpooled.wrappedBuffer(new byte[5 * TestStore.CHUNK_BYTES]));
    store.rows.breakAt(call -> call == Call.WRITE);
    assertStopped(() -> {
      writer.discard();
      store.put(bucket, "next", "x");
    });
  }

  @Test
  void aDiskThatWasFullAndThenBreaksIsMetBeforeAnythingIsWritten() throws IOException {
    store.rows.breakAt(call -> call == Call.ASK_FOR_SPACE);
    int needles = store.volumes.live().size();
    assertStopped(() -> {
      var refusal = assertThrows(RestartNeededException.class, () -> store.put(bucket, "k", "x"));
      assertEquals(needles, store.volumes.live().size());
      throw refusal;
    });
  }

  @Test
  void noSpaceIsNoStop() throws IOException {
    store.rows.failWith(_ -> {
      throw new DiskFullException("no space", new IOException());
    });
    for (Executable refused : List.<Executable>of(() -> store.put(bucket, "k", "x"), store.catalog()::checkpointNow,
        store.catalog()::collectNow)) {
      assertThrows(DiskFullException.class, refused);
    }
    store.rows.mend();
    assertFalse(store.catalog().isStopped());
    store.restart();
    store.rows.failWith(call -> {
      if (call != Call.ASK_FOR_SPACE) {
        throw new DiskFullException("no space", new IOException());
      }
    });
    assertThrows(DiskFullException.class, () -> store.put(bucket, "k", "x"));
    store.rows.mend();
    assertFalse(store.catalog().isStopped());
    store.put(bucket, "k", "x");
  }

  @Test
  void whoComesAfterTheEndHasMetNoFault() throws IOException {
    var failStop = new FailStop();
    KeyStore closed = new StoppingStore(RocksStore.open(directory.resolve("other"),
        new KeyStoreConfig(8 << 20, 1 << 20, 8 << 10, 64), () -> {}), failStop);
    closed.close();
    assertThrows(IOException.class, () -> closed.write(new KeyBatch()));
    assertThrows(IOException.class, closed::flush);
    assertFalse(failStop.isTripped());
  }
}
