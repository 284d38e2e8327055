package hayloft.s3.record;

import hayloft.common.http.ExchangeTally;
import hayloft.common.http.ExchangeTimes;
import hayloft.common.metrics.Figures;
import hayloft.s3.request.Reply;
import hayloft.s3.request.RequestObserver;
import hayloft.s3.routing.S3Operation;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/// Counts the requests of one operation and passes them on to the logs. Thread-safe.
final class OperationRecorder implements RequestObserver {

  /// Who hears of a request besides the figures.
  interface Log {

    /// @param operation empty if it is not known what the request meant
    void ended(Optional<S3Operation> operation, Reply reply, ExchangeTimes times);
  }

  private final String name;
  private final Optional<S3Operation> operation;
  private final List<Log> logs;
  private final RequestTaps taps;
  private final ExchangeTally tally;
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

  OperationRecorder(String name, Optional<S3Operation> operation, List<Log> logs, RequestTaps taps) {
    this.name = name;
    this.operation = operation;
    this.logs = List.copyOf(logs);
    this.taps = taps;
    this.tally = new ExchangeTally(RequestRecords.NAMES, name);
  }

  @Override
  public void ended(Reply reply, ExchangeTimes times) {
    tally.count(times);
    String error = reply.errorCode();
    if (error != null) {
      errors.computeIfAbsent(error, _ -> new LongAdder()).increment();
    }
    for (Log log : logs) {
      log.ended(operation, reply, times);
    }
    taps.ended(name, operation, reply, times);
  }

  /// Of the operation, or what stands for none.
  String name() {
    return name;
  }

  /// Nothing if there was no request yet.
  void tell(Figures into) {
    tally.tell(into);
    errors.forEach((code, count) -> into.number(RequestRecords.ERRORS, count.sum(), name, code));
  }
}
