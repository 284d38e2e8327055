package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does a put that may not wait come to what one that may wait comes to, and give everything back?
final class PutNowTest {

  @TempDir
  Path directory;
  private final Queue<Runnable> writer = new ArrayDeque<>(); // appends that are under way
  private final Queue<Runnable> loop = new ArrayDeque<>();
  private final List<ByteBuf> bodies = new ArrayList<>();
  private boolean writerWaits;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    var volumes = new MemoryVolumes(300, task -> {
      if (writerWaits) {
        writer.add(task);
      } else {
        task.run();
      }
    });
    store = new TestStore(directory, volumes, TestStore.COLLECT_AT_ONCE);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    bucket = store.catalog().findBucket("bucket").orElseThrow();
    store.put(bucket, "first", "takes a lease");
    store.put(bucket, "second", "takes the other");
    writerWaits = true;
  }

  @AfterEach
  void everyBufferIsGivenBack() throws IOException {
    store.catalog().close(); // would wait for ever for a commit that is not over
    for (ByteBuf body : bodies) {
      assertEquals(0, body.refCnt());
    }
  }

  private ByteBuf body(String text) {
    ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    bodies.add(bytes);
    return bytes;
  }

  private Optional<CompletableFuture<PutOutcome>> put(String key, ByteBuf body, Precondition condition, Executor rest)
      throws IOException {
    return store.catalog().putNow(bucket, key, TestStore.draft("owner"), "0".repeat(32),
        new StoredBody.InMemory(body), condition, Durability.FSYNC, rest);
  }

  private CompletableFuture<PutOutcome> begin(String key, String text) throws IOException {
    return put(key, body(text), Precondition.NONE, loop::add).orElseThrow();
  }

  private static void runAll(Queue<Runnable> tasks) {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  private String read(String key) throws IOException {
    Lookup found = store.catalog().find(bucket, key, VersionSelector.LATEST);
    return found instanceof Lookup.Found(var version)
        ? new String(store.read(version), StandardCharsets.UTF_8)
        : found.toString();
  }

  @Test
  void itIsSeenOnceItIsDurableAndTheLoopHasHadItsTurn() throws IOException {
    CompletableFuture<PutOutcome> begun = begin("k", "hello");
    assertInstanceOf(Lookup.Absent.class, store.catalog().find(bucket, "k", VersionSelector.LATEST));
    runAll(writer);
    assertFalse(begun.isDone());
    runAll(loop);
    assertInstanceOf(PutOutcome.Stored.class, begun.join());
    assertEquals("hello", read("k"));
  }

  @Test
  void whoeverComesSecondToAKeyIsToldToWait() throws IOException {
    CompletableFuture<PutOutcome> begun = begin("k", "one");
    ByteBuf second = body("two");
    assertTrue(put("k", second, Precondition.NONE, loop::add).isEmpty());
    assertEquals(1, second.refCnt(), "still the caller's");
    second.release();
    runAll(writer);
    runAll(loop);
    begun.join();
    CompletableFuture<PutOutcome> third = begin("k", "three");
    runAll(writer);
    runAll(loop);
    assertInstanceOf(PutOutcome.Stored.class, third.join());
    assertEquals("three", read("k"));
  }

  @Test
  void aConditionThatDoesNotHoldIsAnsweredWithoutAnAppend() throws IOException {
    var absent = new Precondition(Optional.empty(), Optional.of("*"), Optional.empty(), Optional.empty());
    CompletableFuture<PutOutcome> refused = put("first", body("x"), absent, loop::add).orElseThrow();
    assertInstanceOf(PutOutcome.Refused.class, refused.join());
    assertTrue(writer.isEmpty());
  }

  @Test
  void aVolumeThatRefusesIsLeftForAnother() throws IOException {
    store.volumes.failAppends(draft -> draft.id().volume() == 1
        ? new VolumeUnwritableException(1, Reason.FULL, "full")
        : null);
    List<CompletableFuture<PutOutcome>> begun = List.of(begin("a", "a"), begin("b", "b"));
    runAll(writer);
    writerWaits = false;
    runAll(loop); // the refused one goes on elsewhere
    for (CompletableFuture<PutOutcome> one : begun) {
      assertInstanceOf(PutOutcome.Stored.class, one.join());
    }
    assertEquals("ab", read("a") + read("b"));
  }

  @Test
  void aFaultIsToldAndTheKeyIsFreeAgain() throws IOException {
    store.volumes.failAppends(_ -> new StoreBusyException("too much"));
    CompletableFuture<PutOutcome> begun = begin("k", "x");
    runAll(writer);
    runAll(loop);
    assertThrows(StoreBusyException.class, () -> TestStore.outcome(begun));
    store.volumes.failAppends(_ -> null);
    writerWaits = false;
    store.put(bucket, "k", "y");
    assertEquals("y", read("k"));
  }

  @Test
  void anAppendThatCannotEvenBeginLeavesNothingBehind() throws IOException {
    writerWaits = false;
    store.volumes.failAppends(_ -> {
      throw new OutOfMemoryError("of buffers");
    });
    assertThrows(OutOfMemoryError.class, () -> begin("k", "x"));
    store.volumes.failAppends(_ -> null);
    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> store.catalog().flushNow(), "waits for nobody");
    store.put(bucket, "k", "y");
    assertEquals("y", read("k"));
  }

  @Test
  void itEndsThoughTheLoopHasStopped() throws IOException {
    CompletableFuture<PutOutcome> begun = put("k", body("x"), Precondition.NONE, _ -> {
      throw new RejectedExecutionException("stopped");
    }).orElseThrow();
    runAll(writer);
    assertInstanceOf(PutOutcome.Stored.class, begun.join());
  }

  @Test
  void aBodyInChunksIsToldToWait() throws IOException {
    writerWaits = false;
    StoredBody chunks = store.body(bucket, "k", new byte[3 * TestStore.CHUNK_BYTES]);
    assertTrue(store.catalog().putNow(bucket, "k", TestStore.draft("owner"), "0".repeat(32), chunks, Precondition.NONE,
        Durability.FSYNC, loop::add).isEmpty());
  }
}
