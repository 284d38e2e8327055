package hayloft.common.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
    var log = new BackgroundLog<String>("test", 3, sink);
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

  static List<Throwable> failures() {
    return List.of(new IOException("no space left"), new IllegalStateException("a bug"),
        new OutOfMemoryError("for a moment"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whatCannotBeWrittenIsDroppedAndTheLogGoesOn(Throwable failure) throws InterruptedException {
    var sink = new SlowSink();
    sink.failure = failure;
    var log = new BackgroundLog<String>("test", 10, sink);
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
    var log = new BackgroundLog<Integer>("test", 100, new LineFile<Integer>(file.toString(), n -> "line " + n));
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
    var log = new BackgroundLog<String>("a-sleeper", 10, sink);
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
