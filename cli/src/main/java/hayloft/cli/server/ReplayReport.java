package hayloft.cli.server;

import hayloft.common.health.Readiness;
import hayloft.common.log.EventLog;
import hayloft.filer.replay.ReplayListener;
import java.time.Duration;
import java.util.Locale;

/// Says how far a replay is: now and then a log line, and the detail of `/healthz`. Called by one thread at a time.
final class ReplayReport implements ReplayListener {

  private static final EventLog LOG = EventLog.of(ReplayReport.class);

  private final Readiness readiness;
  private final long intervalNanos;
  private final long startNanos = System.nanoTime();
  private long saidNanos = startNanos;

  ReplayReport(Readiness readiness, Duration interval) {
    this.readiness = readiness;
    this.intervalNanos = interval.toNanos();
  }

  @Override
  public void progress(Progress progress) {
    long now = System.nanoTime();
    if (!progress.ended() && now - saidNanos < intervalNanos) {
      return;
    }
    saidNanos = now;
    double seconds = (now - startNanos) / 1e9;
    double share = progress.bytesTotal() == 0 ? 1 : (double) progress.bytesDone() / progress.bytesTotal();
    String what = progress.rebuild() ? "rebuilding the catalog" : "replaying the volumes' ends";
    String detail = String.format(Locale.ROOT, "%s: %.1f %%, %d needles, %.1f s, about %.0f s to go", what, share * 100,
        progress.needles(), seconds, share > 0 ? seconds / share - seconds : 0);
    readiness.starting(detail);
    if (!progress.ended() || progress.needles() > 0 || progress.damaged() > 0) {
      LOG.info("catalog.replay").with("rebuild", progress.rebuild()).with("done", progress.ended())
          .with("needles", progress.needles()).with("seconds", String.format(Locale.ROOT, "%.3f", seconds))
          .with("damaged", progress.damaged()).with("detail", detail).say();
    }
  }
}
