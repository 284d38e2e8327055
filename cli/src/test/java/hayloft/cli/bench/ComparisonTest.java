package hayloft.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

final class ComparisonTest {

  /// A second in which so many requests took so long each.
  private static Measurement measured(int requests, long micros) {
    LoadMeter meter = new LoadMeter(new Timeline(System.nanoTime(), 1_000_000_000L));
    for (int i = 0; i < requests; i++) {
      meter.record(micros * 1000, 200, 4096);
    }
    return Measurement.of(meter, 1, 0, 0);
  }

  @Test
  void theRatioIsTakenWithinEachRound() {
    var comparison = new Comparison(List.of(measured(100, 50), measured(1000, 5), measured(300, 10)),
        List.of(measured(50, 100), measured(400, 10), measured(100, 20)));
    ObjectNode json = comparison.toJson("a", "b");
    var ratio = json.path("requestsPerSecond").path("ratio");
    assertEquals(2.5, ratio.path("median").asDouble());
    assertEquals(2, ratio.path("least").asDouble());
    assertEquals(3, ratio.path("greatest").asDouble());
    assertEquals(300, json.path("requestsPerSecond").path("a").path("median").asDouble());
    assertTrue(comparison.toText("a", "b").contains("2.50 (2.00 to 3.00)"), comparison.toText("a", "b"));
    assertTrue(json.path("serverCpuMicrosPerRequest").isMissingNode(), "nobody asked for it");
  }

  @Test
  void anEvenNumberOfRoundsHasItsMedianInTheMiddle() {
    assertEquals(2.5, Comparison.Spread.of(List.of(4.0, 1.0, 3.0, 2.0)).median());
  }

  @Test
  void roundsComeInPairs() {
    assertThrows(IllegalArgumentException.class, () -> new Comparison(List.of(measured(1, 1)), List.of()));
  }

  @Test
  void failuresAreToldAndDoNotCountAsRequests() {
    LoadMeter meter = new LoadMeter(null);
    meter.record(1000, 200, 0);
    meter.record(1000, 503, 0);
    Measurement failing = Measurement.of(meter, 1, 0, 0);
    assertEquals(1, failing.requests());
    var comparison = new Comparison(List.of(failing), List.of(measured(1, 1)));
    assertTrue(comparison.hasFailures());
    assertTrue(comparison.toText("a", "b").contains("{503=1}"), comparison.toText("a", "b"));
  }

  @Test
  void thePageStandsForItselfAndDrawsBothRuns() throws Exception {
    Map<String, Measurement> runs = new LinkedHashMap<>();
    runs.put("A <b>&", measured(100, 200));
    runs.put("B", measured(100, 3000));
    String page = new LatencyPage("title", runs).html();
    assertFalse(page.contains("http") || page.contains("<script") || page.contains("url("), "fetches nothing");
    String well = page.substring(page.indexOf("<html")).replace("<meta charset=\"utf-8\">", "");
    Document document = DocumentBuilderFactory.newDefaultInstance().newDocumentBuilder()
        .parse(new InputSource(new StringReader(well)));
    assertEquals(2, document.getElementsByTagName("svg").getLength());
    assertEquals(2 + 2 * 3, document.getElementsByTagName("polyline").getLength()); // p50, p99 and the greatest of each
    assertTrue(page.contains("A &lt;b&gt;&amp;"), page);
    assertTrue(page.contains("200 &#181;s") && page.contains("3.0 ms"), page);
    assertFalse(page.contains("NaN") || page.contains("Infinity"), page);
  }
}
