package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.BackgroundLog;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.StageClock;
import hayloft.common.metrics.StageClock.Stage;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/// Says of a request that took long where its time went: a line in the log of the process. Thread-safe.
///
///     request.slow requestId=… operation=… … ms=1204 head=0 body=12 auth=0 catalog=3 commit=1180 read=0 other=9 send=0
///
/// `head` until the head was whole; `body` waiting for the body's bytes; `auth` signature and rights; `catalog` rows; `commit` until needles
/// were durable and their rows visible; `read` bytes of needles; `send` from the first byte of the answer to the last; `other` what is
/// left until the first byte: queues, digests, the work of the program itself. All in ms. What is read for an answer that has
/// begun is a part of `send` and said again as `readWhileSending`.
public final class SlowRequestLog implements OperationRecorder.Log, FigureSource, AutoCloseable {

  static final Figure SLOW = Figure.counter("hayloft_s3_slow_requests",
      "Requests that took longer than `--slow-request` says; 0 while it is not set.");
  private static final System.Logger LOG = System.getLogger(SlowRequestLog.class.getName());
  /// A store that is slow is slow for all: so many lines wait, further ones are dropped.
  private static final int MAX_WAITING = 1024;

  private final long thresholdNanos;
  private final LongAdder slow = new LongAdder();
  private final BackgroundLog<String> log;

  public SlowRequestLog(Duration threshold) {
    this(threshold, line -> LOG.log(Level.WARNING, line));
  }

  SlowRequestLog(Duration threshold, Consumer<String> lines) {
    this.thresholdNanos = threshold.toNanos();
    this.log = new BackgroundLog<>("slow-request-log", MAX_WAITING, new BackgroundLog.Sink<>() {
      @Override
      public void write(String entry) {
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

  static String line(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    StringBuilder line = new StringBuilder(320).append("request.slow requestId=").append(reply.requestId())
        .append(" operation=").append(operation.map(S3Operation::awsName).orElse(RequestRecords.NO_OPERATION))
        .append(" bucket=").append(word(reply.bucket())).append(" key=").append(word(reply.key())).append(" status=")
        .append(times.status()).append(" receivedBytes=").append(times.receivedBytes()).append(" sentBytes=")
        .append(times.sentBytes());
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
    return line.toString();
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

  private static long put(StringBuilder line, String name, long nanos) {
    line.append(' ').append(name).append('=').append(Math.max(0, nanos) / 1_000_000);
    return nanos;
  }

  /// What a client names must not be able to end a field or a line.
  private static String word(String text) {
    StringBuilder word = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      word.append(c < ' ' || c == 0x7F || c == '"' || c == '{' || c == '}' ? '?' : c);
    }
    return word.append('"').toString();
  }

  @Override
  public void tell(Figures into) {
    into.number(SLOW, slow.sum());
  }

  /// Writes what has come. Waits.
  @Override
  public void close() {
    log.close();
  }
}
