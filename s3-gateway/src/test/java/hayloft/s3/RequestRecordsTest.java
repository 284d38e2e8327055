package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.Durability;
import hayloft.common.health.Readiness;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.s3.record.AccessLog;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.record.SlowRequestLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is kept of requests: figures and lines.
class RequestRecordsTest {

  @TempDir
  private Path directory = Path.of("");
  private final TestStore store = new TestStore().withBucket("barn");

  private S3Gateway gateway(RequestRecords records) {
    return new S3Gateway(store.catalog, new FakeGate(), new TestChecksums(),
        new GatewayConfig(List.of(), "us-east-1", Durability.FSYNC, 1 << 20, Duration.ofSeconds(1), 4),
        InstantSource.system(), records);
  }

  private static FakeExchange send(S3Gateway gateway, String method, String target, @Nullable String key) {
    FakeExchange exchange = new FakeExchange(method, target, method.equals("PUT") ? new byte[]{1, 2, 3} : new byte[0]);
    if (key != null) {
      exchange.with("x-test-key", key);
    }
    gateway.handle(exchange);
    return exchange;
  }

  private static Map<String, Double> figures(RequestRecords records) {
    Map<String, Double> told = new TreeMap<>();
    records.tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labelValues) {
        told.put(figure.name() + List.of(labelValues), value);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labelValues) {
        told.put(figure.name() + List.of(labelValues), (double) values.count());
        told.put(figure.name() + "_sum" + List.of(labelValues), (double) values.sum());
      }
    });
    return told;
  }

  @Test
  void requestsAreCountedByOperationAndStatus() {
    var records = new RequestRecords();
    S3Gateway gateway = gateway(records);
    send(gateway, "PUT", "/barn/oats", "alice");
    send(gateway, "GET", "/barn/oats", "alice");
    send(gateway, "GET", "/barn/oats", "alice");
    send(gateway, "GET", "/barn/rye", "alice");
    send(gateway, "GET", "/barn/oats", "forged");
    send(gateway, "GET", "/barn?policy", "alice");
    Map<String, Double> told = figures(records);
    assertEquals(1, told.get("hayloft_s3_request_seconds[PutObject, 2xx]"));
    assertEquals(2, told.get("hayloft_s3_request_seconds[GetObject, 2xx]"));
    assertEquals(1, told.get("hayloft_s3_request_seconds[GetObject, 4xx]"));
    assertEquals(1, told.get("hayloft_s3_request_seconds[none, 4xx]"));
    assertEquals(1, told.get("hayloft_s3_request_seconds[GetBucketPolicy, 5xx]"));
    assertEquals(2 * 19e6, told.get("hayloft_s3_request_seconds_sum[GetObject, 2xx]"));
    assertEquals(3 * 4e6, told.get("hayloft_s3_first_byte_seconds_sum[GetObject]"));
    assertEquals(5, told.get("hayloft_s3_received_bytes[PutObject]"));
    assertTrue(told.getOrDefault("hayloft_s3_sent_bytes[GetObject]", 0.0) >= 6);
    assertEquals(1, told.get("hayloft_s3_errors[GetObject, NoSuchKey]"));
    assertEquals(1, told.get("hayloft_s3_errors[none, SignatureDoesNotMatch]"));
    assertEquals(1, told.get("hayloft_s3_errors[GetBucketPolicy, NotImplemented]"));
    assertNull(told.get("hayloft_s3_request_seconds[HeadObject, 2xx]"), "nobody asked for a head");
  }

  private List<JsonNode> logged(String format, Runnable requests, RequestRecords[] records) throws IOException {
    Path file = directory.resolve("access.log");
    try (AccessLog log = AccessLog.open(file.toString(), AccessLog.Format.valueOf(format))) {
      records[0] = new RequestRecords(Optional.of(log), Optional.empty());
      requests.run();
    }
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  @Test
  void theAccessLogFindsARequestByItsId() throws IOException {
    var records = new RequestRecords[1];
    List<String> ids = new ArrayList<>();
    List<JsonNode> lines = logged("JSON", () -> {
      S3Gateway gateway = gateway(records[0]);
      for (String[] request : new String[][]{{"PUT", "/barn/oats"}, {"GET", "/barn/a%20b"}, {"GET", "/"}}) {
        ids.add(send(gateway, request[0], request[1], "alice").answer().get("x-amz-request-id"));
      }
      ids.add(send(gateway, "GET", "/barn/oats", null).answer().get("x-amz-request-id"));
    }, records);
    assertEquals(ids, lines.stream().map(line -> line.get("requestId").asText()).toList());
    JsonNode put = lines.getFirst();
    assertEquals("PutObject", put.get("operation").asText());
    assertEquals("barn", put.get("bucket").asText());
    assertEquals("oats", put.get("key").asText());
    assertEquals(TestStore.ALICE.id(), put.get("requester").asText());
    assertEquals(TestStore.ALICE.id(), put.get("bucketOwner").asText());
    assertEquals(200, put.get("status").asInt());
    assertEquals(3, put.get("objectBytes").asLong());
    assertEquals(19, put.get("totalMillis").asLong());
    assertEquals(4, put.get("turnAroundMillis").asLong());
    assertEquals("NoSuchKey", lines.get(1).get("error").asText());
    assertEquals("a b", lines.get(1).get("key").asText());
    assertEquals("GET /barn/a%20b HTTP/1.1", lines.get(1).get("request").asText());
    assertNull(lines.get(2).get("bucket"));
    assertNull(lines.get(3).get("requester"));
    assertEquals("AccessDenied", lines.get(3).get("error").asText());
    assertEquals(4, figures(records[0]).get("hayloft_access_log_lines[]"));
    assertEquals(0, figures(records[0]).get("hayloft_access_log_dropped[]"));
  }

  /// Wherever a client puts them, and however it spells them: a presigned URL works for whoever reads it.
  @ParameterizedTest
  @EnumSource(AccessLog.Format.class)
  void noSignatureStandsInTheAccessLog(AccessLog.Format format) throws IOException {
    List<String> targets = List.of("/barn/a%3FX-Amz-Signature=s3cr3t", "/barn/a%3BX-Amz-Signature=s3cr3t",
        "/barn/a;X-Amz-Signature=s3cr3t", "/barn/a%26X-Amz-Signature=s3cr3t", "/barn/a&X-Amz-Signature=s3cr3t",
        "/barn/a?X-Amz-Signature%20=s3cr3t", "/barn/a?X-Amz-Signature[]=s3cr3t", "/barn/a?X-Amz-Signature+=s3cr3t",
        "/barn/a?X-Amz-Signature%5B%5D=s3cr3t", "/a%3FX-Amz-Signature=s3cr3t",
        "/barn/a?versionId=%3FX-Amz-Signature=s3cr3t", "/barn/a?X-Amz-Signature=s3cr3t");
    List<String> texts = List.of("h?X-Amz-Signature=s3cr3t", "h;Signature=s3cr3t", "h?X-Amz-Signature%20=s3cr3t",
        "Authorization: AWS4-HMAC-SHA256 Credential=AK/x, SignedHeaders=host, Signature=s3cr3t", "AWS AK:s3cr3t");
    Path file = directory.resolve("access.log");
    try (AccessLog log = AccessLog.open(file.toString(), format)) {
      S3Gateway gateway = gateway(new RequestRecords(Optional.of(log), Optional.empty()));
      for (String target : targets) {
        send(gateway, "GET", target, "alice");
        send(gateway, "DELETE", target, "alice");
      }
      for (String text : texts) {
        for (String header : List.of("user-agent", "referer", "host")) {
          gateway
              .handle(new FakeExchange("GET", "/barn/a", new byte[0]).with("x-test-key", "alice").with(header, text));
        }
      }
    }
    List<String> lines = Files.readAllLines(file);
    assertEquals(2 * targets.size() + 3 * texts.size(), lines.size());
    lines.forEach(line -> assertFalse(line.contains("s3cr3t"), line));
  }

  @Test
  void whatTheServerAnswersByItselfHasTheRequestsId() {
    var exchange = new FakeExchange("GET", "/barn/oats", new byte[0]);
    var seen = new ArrayList<String>();
    var reply = new hayloft.s3.request.Reply(exchange, "ID", "host",
        (ended, times) -> seen.add(ended.errorCode() + " " + times.status()), null);
    assertEquals("ID", reply.refusal(503).headers().get("x-amz-request-id"));
    assertTrue(reply.refusal(503).document().contains("<Code>SlowDown</Code>"), reply.refusal(503)::document);
    assertTrue(reply.refusal(500).document().contains("<Code>InternalError</Code>"), reply.refusal(500)::document);
    reply.ended(new FakeExchange.Times(500, 0));
    assertEquals(List.of("InternalError 500"), seen);
  }

  @Test
  void onlySlowRequestsAreCountedAsSuch() {
    try (var slow = new SlowRequestLog(Duration.ofMillis(19)); var slower = new SlowRequestLog(Duration.ofMillis(20))) {
      for (SlowRequestLog log : List.of(slow, slower)) {
        var records = new RequestRecords(Optional.empty(), Optional.of(log));
        S3Gateway gateway = gateway(records);
        assertEquals(200, send(gateway, "PUT", "/barn/oats", "alice").status());
        assertEquals(200, send(gateway, "GET", "/barn/oats", "alice").status());
        assertEquals(log == slow ? 2 : 0, figures(records).get("hayloft_s3_slow_requests[]"));
      }
    }
  }

  @Test
  void requestsThatAreHeldInVainHaveIdsToo() {
    var records = new RequestRecords();
    var door = new ReadySwitch(
        new GatewayConfig(List.of(), "us-east-1", Durability.OS, 1000, Duration.ofMillis(1), 1), new Readiness(),
        records);
    var exchange = new FakeExchange("GET", "/barn/oats", new byte[0]);
    door.handle(exchange);
    assertEquals(503, exchange.status());
    assertEquals("5", exchange.answer().get("retry-after"));
    assertEquals(16, exchange.answer().get("x-amz-request-id").length());
    assertEquals(1, figures(records).get("hayloft_s3_errors[none, ServiceUnavailable]"));
  }
}
