package hayloft.filer.gc;

import java.time.Duration;

/// How the collector works.
///
/// @param undoWindow what was killed less than this ago is kept
/// @param readerGrace what was killed less than this ago is kept too: somebody who found it may be about to read it
/// @param interval between looks at the queue
/// @param flushInterval between flushes of the key store for the collector's sake; garbage waits for the next one
/// @param batchNotes notes that are worked on together; they share the syncs of their dead marks
/// @param marksPerSecond dead marks at most, so that requests come first
public record CollectorConfig(Duration undoWindow, Duration readerGrace, Duration interval,
    Duration flushInterval, int batchNotes, int marksPerSecond) {

  public static final CollectorConfig DEFAULTS = new CollectorConfig(Duration.ZERO, Duration.ofSeconds(10),
      Duration.ofSeconds(1), Duration.ofSeconds(30), 512, 20_000);

  public CollectorConfig {
    if (undoWindow.isNegative() || readerGrace.isNegative()) {
      throw new IllegalArgumentException("collector.undoWindow and collector.readerGrace must not be negative, got "
          + undoWindow + " and " + readerGrace);
    }
    if (interval.isNegative() || interval.isZero()) {
      throw new IllegalArgumentException("collector.interval must be positive, got " + interval);
    }
    if (flushInterval.isNegative()) {
      throw new IllegalArgumentException("collector.flushInterval must not be negative, got " + flushInterval);
    }
    if (batchNotes < 1 || marksPerSecond < 1) {
      throw new IllegalArgumentException("collector.batchNotes and collector.marksPerSecond must be positive, got "
          + batchNotes + " and " + marksPerSecond);
    }
  }

  /// The same with garbage collected as soon as this is over: readers get a third of it, the rest is the wait for a
  /// flush.
  public CollectorConfig after(Duration delay) {
    Duration grace = delay.dividedBy(3);
    return new CollectorConfig(undoWindow, grace, interval, delay.minus(grace), batchNotes, marksPerSecond);
  }

  Duration keeps() {
    return undoWindow.compareTo(readerGrace) > 0 ? undoWindow : readerGrace;
  }
}
