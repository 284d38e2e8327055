package hayloft.common.metrics;

import hayloft.common.log.EventLog;
import io.micrometer.registry.otlp.OtlpMetricsSender;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.UnaryOperator;

/// Posts figures to a receiver. Nobody waits for it but the thread that publishes, for [#CONNECT_WITHIN] and
/// [#ANSWER_WITHIN] at most. What could not be sent is not kept: figures are sums since the start, so the next message
/// says it too.
///
/// An outage is logged when it begins and when it ends. Confined to the thread that publishes, but for its counts.
final class OtlpPush implements OtlpMetricsSender {

  private static final EventLog LOG = EventLog.of(OtlpPush.class);
  static final Duration CONNECT_WITHIN = Duration.ofSeconds(2);
  static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  /// Of an answer so much is read, so that the connection may be used again.
  private static final int MAX_ANSWER_BYTES = 64 << 10;

  private final OtlpTarget target;
  private final UnaryOperator<byte[]> completed;
  private final LongAdder sent = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private long failedInARow;

  /// @param completed adds to a message what Micrometer cannot say
  OtlpPush(OtlpTarget target, UnaryOperator<byte[]> completed) {
    this.target = target;
    this.completed = completed;
  }

  @Override
  public void send(Request request) {
    try {
      post(completed.apply(request.getMetricsData()));
      sent.increment();
      if (failedInARow > 0) {
        LOG.info("metrics.sentAgain").with("endpoint", target.endpoint()).with("missed", failedInARow).say();
        failedInARow = 0;
      }
    } catch (IOException | RuntimeException e) { // the next interval is the next try
      failed.increment();
      if (failedInARow++ == 0) {
        LOG.warning("metrics.notSent").with("endpoint", target.endpoint()).with("reason", e)
            .with("next", "in " + target.interval().toSeconds() + " s").say();
      }
    }
  }

  private void post(byte[] message) throws IOException {
    var connection = (HttpURLConnection) target.endpoint().toURL().openConnection();
    try {
      connection.setConnectTimeout((int) CONNECT_WITHIN.toMillis());
      connection.setReadTimeout((int) ANSWER_WITHIN.toMillis());
      connection.setInstanceFollowRedirects(false); // the headers are for this receiver
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(message.length);
      target.headers().forEach(connection::setRequestProperty);
      connection.setRequestProperty("Content-Type", "application/x-protobuf");
      connection.setRequestProperty("User-Agent", "hayloft");
      try (OutputStream body = connection.getOutputStream()) {
        body.write(message);
      }
      int status = connection.getResponseCode();
      if (status / 100 != 2) {
        throw new IOException("the receiver answered " + status);
      }
      try (InputStream answer = connection.getInputStream()) {
        answer.readNBytes(MAX_ANSWER_BYTES);
      }
    } catch (IOException | RuntimeException e) {
      connection.disconnect();
      throw e;
    }
  }

  long sent() {
    return sent.sum();
  }

  long failed() {
    return failed.sum();
  }
}
