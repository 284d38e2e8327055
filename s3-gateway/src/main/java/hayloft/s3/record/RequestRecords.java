package hayloft.s3.record;

import hayloft.common.http.ExchangeTally;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.StageClock;
import hayloft.s3.request.RequestObserver;
import hayloft.s3.routing.S3Operation;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What is kept of all requests of a gateway: one recorder for each operation, made beforehand. Thread-safe.
public final class RequestRecords implements FigureSource {

  /// Of what was refused before it was known which operation was meant: a wrong signature, an unreadable path.
  public static final String NO_OPERATION = "none";

  private static final Figure SECONDS = Figure.histogram("hayloft_s3_request_seconds",
      "S3 requests and how long they took, from the first byte of the head to the last byte of the answer given to the "
          + "socket; a slow client's time is in it. Status is a class (`2xx`), `gone` if the client left before an "
          + "answer, `broken` if the answer did not end.",
      "operation", "status");
  private static final Figure FIRST_BYTE_SECONDS = Figure.histogram("hayloft_s3_first_byte_seconds",
      "How long it took to the first byte of the answer, from the last byte of the request: the server's own time. "
          + "Requests without an answer are left out.",
      "operation");
  private static final Figure RECEIVED = Figure.counter("hayloft_s3_received_bytes",
      "Bytes of bodies that clients sent.",
      "operation");
  private static final Figure SENT = Figure.counter("hayloft_s3_sent_bytes",
      "Bytes of bodies that were sent to clients.",
      "operation");
  static final Figure ERRORS = Figure.counter("hayloft_s3_errors",
      "Errors that were answered, by S3's code for them; 404 and its kin are errors too.", "operation", "code");

  static final ExchangeTally.Names NAMES = new ExchangeTally.Names(SECONDS, FIRST_BYTE_SECONDS, RECEIVED, SENT);

  private final Map<S3Operation, OperationRecorder> recorders = new EnumMap<>(S3Operation.class);
  private final OperationRecorder unrouted;
  private final RequestTaps taps = new RequestTaps();
  private final Optional<AccessLog> accessLog;
  private final Optional<SlowRequestLog> slowLog;

  /// Figures without logs.
  public RequestRecords() {
    this(Optional.empty(), Optional.empty());
  }

  public RequestRecords(Optional<AccessLog> accessLog, Optional<SlowRequestLog> slowLog) {
    this.accessLog = accessLog;
    this.slowLog = slowLog;
    List<OperationRecorder.Log> logs = new ArrayList<>();
    accessLog.ifPresent(logs::add);
    slowLog.ifPresent(logs::add);
    for (S3Operation operation : S3Operation.values()) {
      recorders.put(operation, new OperationRecorder(operation.awsName(), Optional.of(operation), logs, taps));
    }
    this.unrouted = new OperationRecorder(NO_OPERATION, Optional.empty(), logs, taps);
  }

  public RequestObserver of(S3Operation operation) {
    return Objects.requireNonNull(recorders.get(operation));
  }

  /// For requests of which it is not known yet what they mean.
  public RequestObserver unrouted() {
    return unrouted;
  }

  /// For who wants to watch requests.
  public RequestTaps taps() {
    return taps;
  }

  /// For a new request; null if nobody wants to know its stages.
  public @Nullable StageClock newClock() {
    return slowLog.isPresent() ? new StageClock() : null;
  }

  @Override
  public void tell(Figures into) {
    unrouted.tell(into);
    recorders.values().forEach(recorder -> recorder.tell(into));
    // the same names whether logs are on or off: a query that finds nothing reads like a server that is gone
    accessLog.ifPresentOrElse(log -> log.tell(into), () -> AccessLog.tellNone(into));
    slowLog.ifPresentOrElse(log -> log.tell(into), () -> SlowRequestLog.tellNone(into));
  }
}
