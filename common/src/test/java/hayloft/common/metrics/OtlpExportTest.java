package hayloft.common.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.micrometer.registry.otlp.OtlpMetricsSender.Request;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OtlpExportTest {

  private static final Figure EATEN = Figure.counter("barn_eaten", "Oats that were eaten.", "horse");
  private static final Figure FREE = Figure.gauge("barn_free_bytes", "Room in the barn.");
  private static final Figure WAITED = Figure.histogram("barn_wait_seconds", "How long horses waited.", "gate");
  private static final Logger LOG = Logger.getLogger(OtlpPush.class.getName());

  private final BlockingQueue<byte[]> messages = new LinkedBlockingQueue<>();
  private final List<Map<String, List<String>>> headers = new CopyOnWriteArrayList<>();
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private HttpServer receiver;

  /// Hears this test's endpoint alone: what another one left under way ends when it may.
  private final Handler listener = new Handler() {
    @Override
    public void publish(LogRecord line) {
      if (line.getMessage().contains("endpoint=" + target().endpoint() + " ")) {
        lines.add(line.getMessage());
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  };

  @BeforeEach
  void listen() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/", exchange -> {
      headers.add(exchange.getRequestHeaders());
      byte[] message = exchange.getRequestBody().readAllBytes();
      exchange.getResponseHeaders().set("Location", "/elsewhere");
      exchange.sendResponseHeaders(status, -1);
      exchange.close();
      messages.add(message);
    });
    receiver.start();
    LOG.addHandler(listener);
  }

  @AfterEach
  void stopListening() {
    LOG.removeHandler(listener);
    receiver.stop(0);
  }

  private OtlpTarget target() {
    return new OtlpTarget(OtlpTarget.endpoint("http://127.0.0.1:" + receiver.getAddress().getPort()),
        Duration.ofSeconds(1), OtlpTarget.headers("Authorization=Bearer%20oats, x-tenant=barn"),
        Map.of("service.name", "barn"));
  }

  private ExportMetricsServiceRequest awaited() throws Exception {
    return ExportMetricsServiceRequest
        .parseFrom(Objects.requireNonNull(messages.poll(30, TimeUnit.SECONDS), "nothing came"));
  }

  private static Optional<Metric> metric(ExportMetricsServiceRequest message, String name) {
    return message.getResourceMetrics(0).getScopeMetrics(0).getMetricsList().stream()
        .filter(metric -> metric.getName().equals(name)).findFirst();
  }

  @Test
  void countersGaugesAndHistogramsCome() throws Exception {
    var waited = new Histogram(Histogram.Scale.DURATION);
    waited.record(3_000_000);
    waited.record(200_000_000_000L);
    List<String> stable = new CopyOnWriteArrayList<>(List.of("Boxer", "Clover"));
    var sources = new FigureSources();
    sources.add(into -> {
      stable.forEach(horse -> into.number(EATEN, horse.length(), horse));
      into.number(FREE, 7);
      into.distribution(WAITED, waited, "south");
    });
    try (OtlpExport _ = OtlpExport.start(target(), sources)) {
      ExportMetricsServiceRequest message = awaited();
      assertEquals(List.of("Bearer oats"), headers.getFirst().get("Authorization"));
      assertEquals(List.of("barn"), headers.getFirst().get("X-tenant"));
      assertEquals(List.of("application/x-protobuf"), headers.getFirst().get("Content-type"));
      assertTrue(message.getResourceMetrics(0).getResource().getAttributesList().stream()
          .anyMatch(attribute -> attribute.getKey().equals("service.name")
              && attribute.getValue().getStringValue().equals("barn")));
      Metric eaten = metric(message, "barn.eaten").orElseThrow();
      assertTrue(eaten.getSum().getIsMonotonic());
      assertEquals(2, eaten.getSum().getDataPointsCount());
      assertEquals(7, metric(message, "barn.free.bytes").orElseThrow().getGauge().getDataPoints(0).getAsDouble());
      assertEquals("bytes", metric(message, "barn.free.bytes").orElseThrow().getUnit());
      var wait = metric(message, "barn.wait.seconds").orElseThrow().getHistogram().getDataPoints(0);
      assertEquals(22, wait.getExplicitBoundsCount());
      assertEquals(23, wait.getBucketCountsCount());
      assertEquals(1, wait.getBucketCounts(8), "up to 5 ms");
      assertEquals(0.005, wait.getExplicitBounds(8));
      assertEquals(1, wait.getBucketCounts(22), "without a bound");
      assertEquals(2, wait.getCount());
      assertEquals(200.003, wait.getSum(), 1e-9);
      assertEquals("south", wait.getAttributes(0).getValue().getStringValue());
      assertTrue(metric(message, "jvm.memory.used").isPresent());
      assertTrue(metric(message, "hayloft.otlp.exports").isPresent());
      stable.remove("Boxer");
      messages.clear();
      awaited(); // it may have been made before
      var left = metric(awaited(), "barn.eaten").orElseThrow().getSum().getDataPointsList();
      assertEquals(List.of("Clover"),
          left.stream().map(point -> point.getAttributes(0).getValue().getStringValue()).toList());
    }
  }

  @Test
  void anOutageIsToldWhenItBeginsAndWhenItEnds() throws Exception {
    var push = new OtlpPush(target(), message -> message);
    var request = Request.builder(new byte[]{1}).build();
    for (int answer : new int[]{503, 404, 302, 401}) {
      status = answer;
      push.send(request);
    }
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.getFirst().startsWith("metrics.notSent "), lines::toString);
    status = 200;
    push.send(request);
    push.send(request);
    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.get(1).startsWith("metrics.sentAgain "), lines::toString);
    receiver.stop(0);
    push.send(request);
    push.send(request);
    assertEquals(3, lines.size(), lines::toString);
    assertEquals(2, push.sent());
    assertEquals(6, push.failed());
    assertEquals(6, headers.size(), "a redirection is not followed, the headers are for this receiver");
  }

  @Test
  void whatIsUnderWayToAnotherReceiverIsNotHeardHere() throws Exception {
    try (var refusing = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var target = new OtlpTarget(OtlpTarget.endpoint("http://127.0.0.1:" + refusing.getLocalPort()),
          Duration.ofSeconds(1), Map.of(), Map.of());
      refusing.close();
      new OtlpPush(target, message -> message).send(Request.builder(new byte[]{1}).build());
    }
    assertEquals(List.of(), lines);
  }

  @Test
  void closingDoesNotWaitForAReceiverThatHangs() throws Exception {
    try (var hanging = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var target = new OtlpTarget(OtlpTarget.endpoint("http://127.0.0.1:" + hanging.getLocalPort()),
          Duration.ofSeconds(1), Map.of(), Map.of());
      OtlpExport export = OtlpExport.start(target, new FigureSources());
      try (Socket _ = hanging.accept()) { // the message is on its way
        long began = System.nanoTime();
        export.close();
        assertTrue(Duration.ofNanos(System.nanoTime() - began).compareTo(OtlpPush.ANSWER_WITHIN.dividedBy(2)) < 0);
      }
    }
  }

  @Test
  void endpointsAreTakenAsPeopleWriteThem() {
    for (String text : List.of("http://c:4318", "http://c:4318/", "http://c:4318/v1/metrics")) {
      assertEquals(URI.create("http://c:4318/v1/metrics"), OtlpTarget.endpoint(text));
    }
    assertEquals(URI.create("https://c/otlp?x=1"), OtlpTarget.endpoint(" https://c/otlp?x=1 "));
    for (String wrong : List.of("", "c:4318", "c", "grpc://c", "http://", "http://u:p@c", "http://c/#x",
        "http://a b")) {
      assertThrows(IllegalArgumentException.class, () -> OtlpTarget.endpoint(wrong), wrong);
    }
  }

  @Test
  void headersAreReadAndNeverRepeated() {
    assertEquals(Map.of("a", "b=c", "Authorization", "Basic dTpw+/=="),
        OtlpTarget.headers(" a = b%3Dc ,Authorization=Basic dTpw+/==,"));
    assertEquals(Map.of(), OtlpTarget.headers(""));
    List<String> told = new ArrayList<>();
    for (String wrong : List.of("secret", "a=secret%0d%0aX: y", "a b=secret", "=secret", "a=secret%zz", "a:=secret")) {
      told.add(assertThrows(IllegalArgumentException.class, () -> OtlpTarget.headers(wrong), wrong).getMessage());
    }
    assertFalse(told.toString().contains("secret"), told::toString);
    assertFalse(target().toString().contains("oats"), target().toString());
  }

  @Test
  void anEmptyHistogramIsToldToo() throws Exception {
    var round = new FigureRound(false);
    round.distribution(WAITED, new Histogram(Histogram.Scale.COUNT), "north");
    var empty = ExportMetricsServiceRequest.newBuilder();
    empty.addResourceMetricsBuilder().addScopeMetricsBuilder();
    var point = metric(ExportMetricsServiceRequest.parseFrom(
        OtlpHistograms.added(empty.build().toByteArray(), round, Instant.EPOCH, Instant.ofEpochSecond(2, 5))),
        "barn.wait.seconds").orElseThrow().getHistogram().getDataPoints(0);
    assertEquals(0, point.getCount());
    assertEquals(2_000_000_005L, point.getTimeUnixNano());
    assertEquals(point.getExplicitBoundsCount() + 1, point.getBucketCountsCount());
  }
}
