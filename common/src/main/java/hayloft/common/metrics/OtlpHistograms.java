package hayloft.common.metrics;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/// The histograms of a round in the words of OpenTelemetry, put into a message that has the other figures. Stateless.
/// [Histogram](https://opentelemetry.io/docs/specs/otel/metrics/data-model/#histogram)
final class OtlpHistograms {

  private OtlpHistograms() {}

  /// @param message of Micrometer, about one resource
  /// @param since when they began to count
  static byte[] added(byte[] message, FigureRound round, Instant since, Instant now) {
    try {
      var request = ExportMetricsServiceRequest.parseFrom(message).toBuilder();
      var scope = request.getResourceMetricsBuilder(0).getScopeMetricsBuilder(0);
      round.distributions().forEach((figure, series) -> {
        var metric = Metric.newBuilder().setName(FigureMeters.meterName(figure)).setDescription(figure.meaning());
        String unit = figure.unit();
        if (unit != null) {
          metric.setUnit(unit);
        }
        var histogram = metric.getHistogramBuilder()
            .setAggregationTemporality(AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE);
        series.forEach((labels, values) -> histogram.addDataPoints(
            point(figure, labels, values).setStartTimeUnixNano(nanos(since)).setTimeUnixNano(nanos(now))));
        scope.addMetrics(metric);
      });
      return request.build().toByteArray();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("Micrometer's own message", e);
    }
  }

  private static HistogramDataPoint.Builder point(Figure figure, List<String> labels, Histogram values) {
    var point = HistogramDataPoint.newBuilder();
    for (int i = 0; i < labels.size(); i++) {
      point.addAttributes(KeyValue.newBuilder().setKey(figure.labels().get(i))
          .setValue(AnyValue.newBuilder().setStringValue(labels.get(i))));
    }
    double[] bounds = values.scale().upperBounds();
    Arrays.stream(bounds, 0, bounds.length - 1).forEach(point::addExplicitBounds); // the last has none
    long count = 0;
    for (long bucket : values.counts()) {
      point.addBucketCounts(bucket);
      count += bucket;
    }
    return point.setCount(count).setSum(values.toldSum());
  }

  private static long nanos(Instant time) {
    return time.getEpochSecond() * 1_000_000_000 + time.getNano();
  }
}
