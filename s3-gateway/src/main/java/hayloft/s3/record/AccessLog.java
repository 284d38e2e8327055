package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.BackgroundLog;
import hayloft.common.log.BackgroundLog.Bounds;
import hayloft.common.log.LineFile;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.io.IOException;
import java.util.Optional;

/// A line for each request. Thread-safe.
///
/// Lines are written behind the back of the requests; when they come faster than they can be written they are dropped
/// and counted.
public final class AccessLog implements OperationRecorder.Log, FigureSource, AutoCloseable {

  /// How a line looks.
  public enum Format {
    /// As S3 writes its server access logs.
    S3,
    /// A JSON object.
    JSON;

    private String line(AccessEntry entry) {
      return switch (this) {
        case S3 -> S3LogLine.of(entry);
        case JSON -> JsonLogLine.of(entry);
      };
    }
  }

  static final Figure LINES = Figure.counter("hayloft_access_log_lines",
      "Lines written to the access log; 0 while it is off.");
  static final Figure DROPPED = Figure.counter("hayloft_access_log_dropped",
      "Lines that are missing in the access log: requests came faster than they could be written, or writing failed; "
          + "0 while it is off.");

  private static final int MAX_WAITING = 8192;

  private final BackgroundLog<AccessEntry> log;

  /// @param file its name; `-` for standard output
  /// @throws IOException if the file cannot be written to
  public static AccessLog open(String file, Format format) throws IOException {
    return new AccessLog(new LineFile<>(file, format::line));
  }

  AccessLog(BackgroundLog.Sink<AccessEntry> sink) {
    this.log = new BackgroundLog<>("access-log", Bounds.ofHeap(MAX_WAITING), AccessEntry::bytes, sink);
  }

  @Override
  public void ended(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    log.offer(AccessEntry.of(operation, reply, times));
  }

  /// After a rotation has renamed the file.
  public void reopen() {
    log.reopen();
  }

  @Override
  public void tell(Figures into) {
    into.number(LINES, log.written());
    into.number(DROPPED, log.dropped());
  }

  /// While there is none.
  static void tellNone(Figures into) {
    into.number(LINES, 0);
    into.number(DROPPED, 0);
  }

  /// Writes what has come. Waits.
  @Override
  public void close() {
    log.close();
  }
}
