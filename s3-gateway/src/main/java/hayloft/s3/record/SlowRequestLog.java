package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.BackgroundLog;
import hayloft.common.log.BackgroundLog.Bounds;
import hayloft.common.log.BackgroundLog.Sink;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.StageClock;
import hayloft.common.metrics.StageClock.Stage;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// Says of a request that took long where its time went: a line in the log of the process. Thread-safe.
///
///     request.slow requestId=… operation=… … ms=1204 head=0 body=12 auth=0 catalog=3 commit=1180 read=0 other=9 send=0
///
/// `head` until the head was whole; `body` waiting for the body's bytes; `auth` signature and rights; `catalog` rows;
/// `commit` until needles were durable and their rows visible; `read` bytes of needles; `send` from the first byte of
/// the answer to the last; `other` what is left until the first byte: queues, digests, the work of the program itself.
/// All in ms. What is read for an answer that has begun is a part of `send` and said again as `readWhileSending`.
public final class SlowRequestLog implements OperationRecorder.Log, FigureSource, AutoCloseable {

  static final Figure SLOW = Figure.counter("hayloft_s3_slow_requests",
      "Requests that took longer than `--slow-request` says; 0 while it is not set.");
  private static final EventLog LOG = EventLog.of(SlowRequestLog.class);
  /// A store that is slow is slow for all: so many lines wait, and so much heap, further ones are dropped.
  private static final int MAX_WAITING = 1024;

  private final long thresholdNanos;
  private final LongAdder slow = new LongAdder();
  private final BackgroundLog<LogLine> log;

  public SlowRequestLog(Duration threshold) {
    this(threshold, LogLine::say);
  }

  SlowRequestLog(Duration threshold, Consumer<LogLine> lines) {
    this.thresholdNanos = threshold.toNanos();
    this.log = new BackgroundLog<>("slow-request-log", Bounds.ofHeap(MAX_WAITING), LogLine::bytes, new Sink<>() {
      @Override
      public void write(LogLine entry) {
        lines.accept(entry);
      }

      @Override
      public void flush() {}

      @Override
      public void reopen() {}

      @Override
      public void close() {}
    });
  }

  @Override
  public void ended(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    if (times.endedNanos() - times.beganNanos() >= thresholdNanos) {
      slow.increment();
      log.offer(line(operation, reply, times));
    }
  }

  static LogLine line(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    LogLine line = LOG.warning("request.slow").with("requestId", reply.requestId())
        .with("operation", operation.map(S3Operation::awsName).orElse(RequestRecords.NO_OPERATION))
        .with("bucket", reply.bucket()).with("key", reply.key()).with("status", times.status())
        .with("receivedBytes", times.receivedBytes()).with("sentBytes", times.sentBytes());
    put(line, "ms", times.endedNanos() - times.beganNanos());
    long left = times.firstByteNanos() - times.headNanos();
    put(line, "head", times.headNanos() - times.beganNanos());
    // a small body was collected before anybody waited for it, a large one while it was waited for
    StageClock clock = reply.clock();
    long waited = clock == null ? 0 : clock.nanos(Stage.BODY);
    long body = Math.max(waited, reply.begunNanos() - times.headNanos());
    left -= put(line, "body", body);
    if (clock != null) {
      for (Stage stage : new Stage[]{Stage.AUTH, Stage.CATALOG, Stage.COMMIT}) {
        left -= put(line, name(stage), clock.nanos(stage));
      }
      long read = clock.nanos(Stage.READ);
      long readBefore = Math.clamp(read, 0, Math.max(0, left));
      left -= put(line, "read", readBefore);
      put(line, "other", left);
      put(line, "send", times.endedNanos() - times.firstByteNanos());
      put(line, "readWhileSending", read - readBefore);
    }
    return line;
  }

  private static String name(Stage stage) {
    return switch (stage) {
      case AUTH -> "auth";
      case BODY -> "body";
      case CATALOG -> "catalog";
      case COMMIT -> "commit";
      case READ -> "read";
    };
  }

  private static long put(LogLine line, String name, long nanos) {
    line.with(name, Math.max(0, nanos) / 1_000_000);
    return nanos;
  }

  @Override
  public void tell(Figures into) {
    into.number(SLOW, slow.sum());
  }

  /// While there is none.
  static void tellNone(Figures into) {
    into.number(SLOW, 0);
  }

  /// Writes what has come. Waits.
  @Override
  public void close() {
    log.close();
  }
}
