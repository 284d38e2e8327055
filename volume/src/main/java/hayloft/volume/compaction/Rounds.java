package hayloft.volume.compaction;

import hayloft.common.log.EventLog;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A background thread that goes its rounds: a pause, a round, a pause. Thread-safe.
///
/// It outlives whatever a round throws, an OutOfMemoryError too: it says so, waits twice as long after each failure, up
/// to [#LONGEST_PAUSE], and [#isWell] is false until a round comes to its end again.
public final class Rounds implements AutoCloseable {

  /// Between two rounds, if the usual pause is not longer.
  static final Duration LONGEST_PAUSE = Duration.ofMinutes(10);
  private static final EventLog LOG = EventLog.of(Rounds.class);

  /// What is done each time.
  @FunctionalInterface
  public interface Round {
    /// What it throws ends this round alone.
    void go() throws Exception;
  }

  private final String name;
  private final Duration pause;
  private final Round round;
  private final Pace pauses = new Pace(1);
  private @Nullable Thread thread;
  private volatile int failures;
  private volatile boolean stopped;

  /// @param name of the thread
  public Rounds(String name, Duration pause, Round round) {
    this.name = name;
    this.pause = pause;
    this.round = round;
  }

  public synchronized void start() {
    if (thread == null && !stopped) {
      thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }
  }

  private void run() {
    while (pauses.pause(TimeUnit.NANOSECONDS.convert(pauseAfter(pause, failures)))) {
      try {
        round.go();
        failures = 0;
      } catch (Throwable e) {
        if (!stopped) {
          failures++;
          tell(e);
        }
      }
    }
  }

  static Duration pauseAfter(Duration usual, int failures) {
    Duration longest = usual.compareTo(LONGEST_PAUSE) > 0 ? usual : LONGEST_PAUSE;
    Duration least = failures == 0 || usual.compareTo(Duration.ofSeconds(1)) > 0 ? usual : Duration.ofSeconds(1);
    Duration next = failures > 16 ? longest : least.multipliedBy(1L << failures);
    return next.compareTo(longest) > 0 ? longest : next;
  }

  private void tell(Throwable e) {
    try {
      LOG.error("background.roundFailed").with("thread", name).with("failures", failures)
          .with("nextInSeconds", pauseAfter(pause, failures).toSeconds()).say(e);
    } catch (Throwable unsayable) {
      e.addSuppressed(unsayable); // there may be no memory for a line; isWell tells it
    }
  }

  public synchronized boolean isStarted() {
    return thread != null;
  }

  /// Whether the thread is there and its last round ended as it should.
  public synchronized boolean isWell() {
    return thread != null && thread.isAlive() && failures == 0;
  }

  /// Whether a round should come to its end.
  public boolean isStopped() {
    return stopped;
  }

  /// Ends the pauses; a round under way is not cut short by this.
  public void stop() {
    stopped = true;
    pauses.stop();
  }

  /// Stops, and waits for the round under way.
  @Override
  public void close() {
    stop();
    Thread running;
    synchronized (this) {
      running = thread;
    }
    boolean interrupted = false;
    while (running != null && running.isAlive()) {
      try {
        running.join();
        // an interrupted thread inside a FileChannel would close the file for everybody
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
