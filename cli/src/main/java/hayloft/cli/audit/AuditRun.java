package hayloft.cli.audit;

import hayloft.cli.client.S3Client;
import hayloft.cli.progress.Progress;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// All clients of an audit, until the time is over, enough was acknowledged, the store is gone, or it is interrupted.
/// Thread-safe.
final class AuditRun {

  /// When a run ends.
  ///
  /// @param count of acknowledgements; 0 for any
  /// @param rideOut how long the store may be gone; zero ends the run at once
  record Limits(Duration time, long count, Duration rideOut) {}

  private static final Duration BETWEEN_KNOCKS = Duration.ofMillis(100);

  private final List<AuditLoad> loads;
  private final S3Client door;
  private final String bucket;
  private final Limits limits;
  private final Progress progress;
  private final long startNanos = System.nanoTime();
  private final AtomicLong left;
  private final LongAdder acknowledged = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder open = new LongAdder();
  private volatile boolean gone;
  private volatile boolean interrupted;

  /// @param door for looking whether the store is back; used by one client at a time
  AuditRun(List<AuditLoad> loads, S3Client door, String bucket, Limits limits, Progress progress) {
    this.loads = List.copyOf(loads);
    this.door = door;
    this.bucket = bucket;
    this.limits = limits;
    this.progress = progress;
    this.left = new AtomicLong(limits.count() == 0 ? Long.MAX_VALUE : limits.count());
  }

  /// Waits until all clients have ended.
  void run() throws IOException, InterruptedException {
    List<Future<?>> clients = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (AuditLoad load : loads) {
        clients.add(threads.submit(() -> {
          try {
            drive(load);
          } catch (IOException e) {
            gone = true; // the others end too
            throw e;
          }
          return null;
        }));
      }
      for (Future<?> client : clients) {
        client.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException("a client failed", e.getCause());
    }
  }

  /// Has every client end with the step that it is at.
  void interrupt() {
    interrupted = true;
    synchronized (this) {
      notifyAll();
    }
  }

  private boolean isOver() {
    return gone || interrupted;
  }

  private void drive(AuditLoad load) throws IOException, InterruptedException {
    while (!isOver() && System.nanoTime() - startNanos < limits.time().toNanos() && left.getAndDecrement() > 0) {
      switch (load.step()) {
        case ACKNOWLEDGED -> {
          acknowledged.increment();
          progress.add(1);
        }
        case REFUSED -> refused.increment();
        case OPEN -> open.increment();
        case NO_ANSWER -> {
          open.increment();
          if (!awaitStore() && !interrupted) { // an interruption breaks requests off, too
            gone = true;
          }
        }
        case OUT_OF_KEYS -> {
          return;
        }
      }
    }
  }

  /// Knocks until the store answers or patience is over. Returns whether it is back.
  private synchronized boolean awaitStore() throws InterruptedException {
    long until = System.nanoTime() + limits.rideOut().toNanos();
    while (!isOver() && System.nanoTime() - until < 0) {
      try {
        HttpResponse<byte[]> answer = door.send("HEAD", "/" + bucket);
        if (answer.statusCode() == 200) {
          return true;
        }
        wait(BETWEEN_KNOCKS.toMillis()); // it answers, but not for this bucket: still starting
      } catch (IOException _) { // not there yet
        wait(BETWEEN_KNOCKS.toMillis());
      }
    }
    return false;
  }

  long acknowledged() {
    return acknowledged.sum();
  }

  long refused() {
    return refused.sum();
  }

  long open() {
    return open.sum();
  }

  /// Whether the store stopped answering for longer than it may.
  boolean isStoreGone() {
    return gone;
  }

  boolean isInterrupted() {
    return interrupted;
  }

  double seconds() {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
