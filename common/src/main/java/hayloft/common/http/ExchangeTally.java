package hayloft.common.http;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.metrics.Histogram.Scale;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counts the exchanges of one kind: how many ended how, how long they took, how many bytes they moved. Thread-safe.
///
/// A kind that nobody uses takes no memory for its histograms and is not told.
public final class ExchangeTally {

  /// Under which names all kinds are told.
  ///
  /// @param seconds a histogram, from the first byte of the request to the last of the answer; its last label is
  ///   `status`
  /// @param firstByteSeconds a histogram, from the last byte of the request to the first of the answer
  /// @param received a counter, bytes of requests' bodies
  /// @param sent a counter, bytes of answers' bodies
  public record Names(Figure seconds, Figure firstByteSeconds, Figure received, Figure sent) {}

  private static final int GONE = 0;
  private static final int BROKEN = 6;
  private static final List<String> STATUSES = List.of("gone", "1xx", "2xx", "3xx", "4xx", "5xx", "broken");

  private final Names names;
  private final String[] labels;
  /// By index of [#STATUSES], made for the first exchange of each.
  private final AtomicReferenceArray<@Nullable Histogram> seconds = new AtomicReferenceArray<>(STATUSES.size());
  private volatile @Nullable Histogram firstByte;
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();

  /// @param labels values of what tells the kinds apart, in the order of the figures' labels
  public ExchangeTally(Names names, String... labels) {
    this.names = names;
    this.labels = labels.clone();
  }

  /// Counts one that has ended.
  public void count(ExchangeTimes times) {
    int status = times.status() == 0 ? GONE : times.isWhole() ? Math.clamp(times.status() / 100, 1, 5) : BROKEN;
    seconds(status).record(times.endedNanos() - times.beganNanos());
    if (times.status() != 0) {
      firstByte().record(times.firstByteNanos() - times.bodyNanos());
    }
    if (times.receivedBytes() > 0) {
      receivedBytes.add(times.receivedBytes());
    }
    if (times.sentBytes() > 0) {
      sentBytes.add(times.sentBytes());
    }
  }

  private Histogram seconds(int status) {
    Histogram histogram = seconds.get(status);
    if (histogram == null) {
      seconds.compareAndSet(status, null, new Histogram(Scale.DURATION));
      histogram = seconds.get(status);
    }
    return histogram;
  }

  private Histogram firstByte() {
    Histogram histogram = firstByte;
    if (histogram == null) {
      synchronized (this) {
        histogram = firstByte;
        if (histogram == null) {
          histogram = new Histogram(Scale.DURATION);
          firstByte = histogram;
        }
      }
    }
    return histogram;
  }

  /// Nothing if there was none yet.
  public void tell(Figures into) {
    boolean used = false;
    for (int i = 0; i < STATUSES.size(); i++) {
      Histogram histogram = seconds.get(i);
      if (histogram != null) {
        used = true;
        into.distribution(names.seconds(), histogram, with(STATUSES.get(i)));
      }
    }
    Histogram first = firstByte;
    if (first != null) {
      into.distribution(names.firstByteSeconds(), first, labels);
    }
    if (used) {
      into.number(names.received(), receivedBytes.sum(), labels);
      into.number(names.sent(), sentBytes.sum(), labels);
    }
  }

  private String[] with(String status) {
    String[] all = Arrays.copyOf(labels, labels.length + 1);
    all[labels.length] = status;
    return all;
  }
}
