package hayloft.common.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.common.log.BackgroundLog.Bounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(30)
final class BackgroundLogTest {

  @TempDir
  private Path directory = Path.of("");

  /// Keeps entries, and each of them waits for a permit.
  private static final class SlowSink implements BackgroundLog.Sink<String> {
    final List<String> entries = Collections.synchronizedList(new ArrayList<>());
    final Semaphore permits = new Semaphore(0);
    final CountDownLatch first = new CountDownLatch(1);
    volatile @Nullable Throwable failure;

    @Override
    public void write(String entry) throws IOException {
      first.countDown();
      permits.acquireUninterruptibly();
      switch (failure) {
        case IOException fault -> throw fault;
        case RuntimeException bug -> throw bug;
        case Error error -> throw error;
        case null, default -> entries.add(entry);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void reopen() {}

    @Override
    public void close() {}
  }

  @Test
  void whatComesWhileTheSinkIsBehindIsDroppedAndCounted() throws InterruptedException {
    var sink = new SlowSink();
    var log = new BackgroundLog<String>("test", new Bounds(3, 1000), _ -> 1, sink);
    log.offer("under way");
    sink.first.await();
    for (int i = 0; i < 5; i++) {
      log.offer("waiting " + i);
    }
    assertEquals(2, log.dropped());
    sink.permits.release(100);
    log.close();
    assertEquals(List.of("under way", "waiting 0", "waiting 1", "waiting 2"), sink.entries);
    assertEquals(4, log.written());
    log.offer("too late");
    assertEquals(3, log.dropped());
  }

  @Test
  void whatWaitsIsBoundedInBytesToo() throws InterruptedException {
    var sink = new SlowSink();
    var log = new BackgroundLog<String>("test", new Bounds(1000, 10), String::length, sink);
    log.offer("x".repeat(11));
    assertEquals(1, log.dropped(), "more than all that there is room for");
    log.offer("under way");
    sink.first.await();
    log.offer("1234567");
    log.offer("4321");
    log.offer("321");
    log.offer("");
    log.offer("1");
    assertEquals(3, log.dropped());
    sink.permits.release(100);
    while (log.written() < 4) {
      Thread.onSpinWait();
    }
    log.offer("0123456789");
    log.close();
    assertEquals(List.of("under way", "1234567", "321", "", "0123456789"), sink.entries);
  }

  @Test
  void whatMayWaitIsASmallPartOfTheHeap() {
    long heap = Runtime.getRuntime().maxMemory();
    assertEquals(new Bounds(7, Math.max(256 << 10, heap / 32)), Bounds.ofHeap(7));
    assertThrows(IllegalArgumentException.class, () -> new Bounds(0, 1));
    assertThrows(IllegalArgumentException.class, () -> new Bounds(1, 0));
  }

  static List<Throwable> failures() {
    return List.of(new IOException("no space left"), new IllegalStateException("a bug"),
        new OutOfMemoryError("for a moment"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatCannotBeWrittenIsDroppedAndTheLogGoesOn(Throwable failure) throws InterruptedException {
    var sink = new SlowSink();
    sink.failure = failure;
    var log = new BackgroundLog<String>("test", new Bounds(10, 1000), _ -> 1, sink);
    log.offer("lost");
    sink.first.await();
    sink.permits.release(1);
    while (log.dropped() == 0) {
      Thread.onSpinWait();
    }
    sink.failure = null;
    sink.permits.release(100);
    log.offer("kept");
    log.close();
    assertEquals(List.of("kept"), sink.entries);
    assertEquals(1, log.written());
    assertEquals(1, log.dropped());
  }

  @Test
  void aRotationTakesTheFileAwayAndLosesNothing() throws IOException {
    Path file = directory.resolve("access.log");
    Files.writeString(file, "of an earlier process\n");
    var log = new BackgroundLog<Integer>("test", new Bounds(100, 1000), _ -> 1,
        new LineFile<Integer>(file.toString(), n -> "line " + n));
    log.offer(1);
    Path rotated = directory.resolve("access.log.1");
    Files.move(file, rotated);
    log.reopen();
    while (!Files.exists(file)) {
      Thread.onSpinWait();
    }
    log.offer(2);
    log.close();
    assertEquals(List.of("of an earlier process", "line 1"), Files.readAllLines(rotated));
    assertEquals(List.of("line 2"), Files.readAllLines(file));
  }

  @Test
  void anEntryWakesAWriterThatWentToSleep() {
    var sink = new SlowSink();
    sink.permits.release(100);
    var log = new BackgroundLog<String>("a-sleeper", new Bounds(10, 1000), _ -> 1, sink);
    Thread writer = Thread.getAllStackTraces().keySet().stream().filter(t -> t.getName().equals("a-sleeper"))
        .findFirst().orElseThrow();
    while (writer.getState() != Thread.State.WAITING) { // and not TIMED_WAITING: it looks no more by itself
      Thread.onSpinWait();
    }
    log.offer("good morning");
    while (sink.entries.isEmpty()) {
      Thread.onSpinWait();
    }
    log.close();
  }
}
