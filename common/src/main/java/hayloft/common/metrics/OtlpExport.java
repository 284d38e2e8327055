package hayloft.common.metrics;

import io.micrometer.registry.otlp.AggregationTemporality;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sends all figures to a receiver of OpenTelemetry's, again and again: Micrometer's registry for it, beside the one of
/// the page. Thread-safe. It has a thread of its own, and nobody waits for that.
public final class OtlpExport implements FigureSource, AutoCloseable {

  private static final Figure EXPORTS = Figure.counter("hayloft_otlp_exports",
      "Messages with figures to the receiver that `--otlp-endpoint` names, by result: `done` or `failed`; told only "
          + "with it.",
      "result");
  /// All meters go into one message: there are some hundreds.
  private static final int MOST_METERS = 1 << 20;

  private final FigureSources sources;
  private final OtlpTarget target;
  private final Instant since = Instant.now();
  private final OtlpPush push;
  private final OtlpMeterRegistry registry;
  private final FigureMeters meters;
  private volatile boolean running;
  /// What is being sent. Confined to the thread that publishes.
  private FigureRound round = new FigureRound(false);

  private OtlpExport(OtlpTarget target, FigureSources sources) {
    this.target = target;
    this.sources = sources;
    this.push = new OtlpPush(target, message -> OtlpHistograms.added(message, round, since, Instant.now()));
    this.registry = OtlpMeterRegistry.builder(new Settings()).metricsSender(push).build();
    this.meters = new FigureMeters(registry);
    meters.bindMachine();
  }

  /// Sends from the end of the first interval on, figures of sources that are added later too.
  public static OtlpExport start(OtlpTarget target, FigureSources sources) {
    var export = new OtlpExport(target, sources);
    sources.add(export);
    export.running = true;
    export.registry.start(Thread.ofPlatform().daemon().name("otlp").factory());
    return export;
  }

  /// What Micrometer asks for; nothing comes from the environment or from properties.
  private final class Settings implements OtlpConfig {

    @Override
    public @Nullable String get(String key) {
      return null;
    }

    /// Once it has been closed, what is left is not sent: a receiver that hangs would hold up the end of the process.
    @Override
    public boolean enabled() {
      return running;
    }

    /// Asked for when publishing begins, before the meters are: the moment to bring them up to date.
    @Override
    public int batchSize() {
      if (running) {
        round = sources.ask(false);
        meters.update(round);
      }
      return MOST_METERS;
    }

    @Override
    public String url() {
      return target.endpoint().toString();
    }

    @Override
    public Duration step() {
      return target.interval();
    }

    @Override
    public Map<String, String> headers() {
      return Map.of(); // our sender knows them
    }

    @Override
    public Map<String, String> resourceAttributes() {
      return target.resource();
    }

    @Override
    public AggregationTemporality aggregationTemporality() {
      return AggregationTemporality.CUMULATIVE;
    }

    @Override
    public TimeUnit baseTimeUnit() {
      return TimeUnit.SECONDS;
    }
  }

  @Override
  public void tell(Figures into) {
    into.number(EXPORTS, push.sent(), "done");
    into.number(EXPORTS, push.failed(), "failed");
  }

  /// Ends without waiting for a message that is on its way.
  @Override
  public void close() {
    running = false;
    registry.close();
  }
}
