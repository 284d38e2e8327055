package hayloft.s3.record;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class LogsThatAreOffTest {

  @Test
  void logsThatAreOffTellZeros() {
    Map<String, Double> told = new TreeMap<>();
    new RequestRecords().tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labels) {
        if (labels.length == 0) {
          told.put(figure.name(), value);
        }
      }

      @Override
      public void distribution(Figure figure, Histogram histogram, String... labels) {}
    });
    assertEquals(Map.of("hayloft_access_log_lines", 0.0, "hayloft_access_log_dropped", 0.0,
        "hayloft_s3_slow_requests", 0.0), told);
  }
}
