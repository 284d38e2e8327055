package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.metrics.Histogram.Scale;
import hayloft.s3.request.Reply;
import hayloft.s3.request.RequestObserver;
import hayloft.s3.routing.S3Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Counts the requests of one operation and passes them on to the logs. Thread-safe. An operation that nobody uses takes no memory
/// for its histograms.
final class OperationRecorder implements RequestObserver {

  /// Who hears of a request besides the figures.
  interface Log {

    /// @param operation empty if it is not known what the request meant
    void ended(Optional<S3Operation> operation, Reply reply, ExchangeTimes times);
  }

  private static final int GONE = 0;
  private static final int BROKEN = 6;
  private static final List<String> STATUSES = List.of("gone", "1xx", "2xx", "3xx", "4xx", "5xx", "broken");

  private final String name;
  private final Optional<S3Operation> operation;
  private final List<Log> logs;
  /// By index of [#STATUSES], made for the first request of each.
  private final AtomicReferenceArray<@Nullable Histogram> seconds = new AtomicReferenceArray<>(STATUSES.size());
  private volatile @Nullable Histogram firstByte;
  private final LongAdder receivedBytes = new LongAdder();
  private final LongAdder sentBytes = new LongAdder();
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

  OperationRecorder(String name, Optional<S3Operation> operation, List<Log> logs) {
    this.name = name;
    this.operation = operation;
    this.logs = List.copyOf(logs);
  }

  @Override
  public void ended(Reply reply, ExchangeTimes times) {
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
    String error = reply.errorCode();
    if (error != null) {
      errors.computeIfAbsent(error, _ -> new LongAdder()).increment();
    }
    for (Log log : logs) {
      log.ended(operation, reply, times);
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

  /// Nothing if there was no request yet.
  void tell(Figures into) {
    boolean used = false;
    for (int i = 0; i < STATUSES.size(); i++) {
      Histogram histogram = seconds.get(i);
      if (histogram != null) {
        used = true;
        into.distribution(RequestRecords.SECONDS, histogram, name, STATUSES.get(i));
      }
    }
    Histogram first = firstByte;
    if (first != null) {
      into.distribution(RequestRecords.FIRST_BYTE_SECONDS, first, name);
    }
    if (used) {
      into.number(RequestRecords.RECEIVED, receivedBytes.sum(), name);
      into.number(RequestRecords.SENT, sentBytes.sum(), name);
    }
    errors.forEach((code, count) -> into.number(RequestRecords.ERRORS, count.sum(), name, code));
  }
}
