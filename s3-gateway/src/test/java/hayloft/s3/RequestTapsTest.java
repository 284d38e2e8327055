package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.s3.record.RequestFilter;
import hayloft.s3.record.RequestRates;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.record.RequestTap;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What those who watch requests are shown.
@Timeout(60)
final class RequestTapsTest {

  private final RequestRecords records = new RequestRecords();
  private final TestStore store = new TestStore().withBucket("barn");
  private final S3Gateway gateway = new S3Gateway(store.catalog, new FakeGate(), new TestChecksums(),
      new GatewayConfig(List.of(), "us-east-1", Durability.FSYNC, 1 << 20, Duration.ofSeconds(1), 4),
      InstantSource.system(), records);

  private void send(String method, String target, String key) {
    gateway.handle(new FakeExchange(method, target, method.equals("PUT") ? new byte[3] : new byte[0])
        .with("x-test-key", key));
  }

  private void sendSome() {
    send("PUT", "/barn/oats", "alice");
    send("GET", "/barn/oats", "alice");
    send("GET", "/barn/rye", "alice");
    send("GET", "/", "alice");
    send("GET", "/barn/oats", "forged");
  }

  private static List<String> keys(RequestTap.Seen seen) {
    return seen.requests().stream().map(one -> one.path("operation").asText("none") + one.path("key").asText())
        .toList();
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', nullValues = "-", value = {
      "''|''|''|''|''|0|PutObjectoats GetObjectoats GetObjectrye ListBuckets noneoats",
      "barn|''|''|''|''|0|PutObjectoats GetObjectoats GetObjectrye noneoats", "''|''|ry|''|''|0|GetObjectrye",
      "''|''|''|GetObject|''|0|GetObjectoats GetObjectrye", "''|''|''|none|''|0|noneoats",
      "''|''|''|''|4xx|0|GetObjectrye noneoats", "''|''|''|''|404|0|GetObjectrye", "''|nobody|''|''|''|0|-",
      "''|''|''|''|''|18|PutObjectoats GetObjectoats GetObjectrye ListBuckets noneoats", "''|''|''|''|''|20|-"})
  void onlyWhatIsAskedForIsShown(String bucket, String user, String key, String action, String status, int millis,
      String shown) throws InterruptedException {
    RequestTap tap = records.taps().trace(new RequestFilter(bucket, user, key, action, 0, 999,
        Duration.ofMillis(millis)).withStatus(status).orElseThrow());
    sendSome();
    assertEquals(shown == null ? List.of() : List.of(shown.split(" ")), keys(tap.fetch(0)));
    records.taps().close(tap);
  }

  @Test
  void whatIsNoStatusAndNoActionIsKnown() {
    for (String status : List.of("6xx", "4x", "40", "4040", "0", "xx")) {
      assertTrue(RequestFilter.ANY.withStatus(status).isEmpty(), status);
    }
    assertEquals(Optional.of("GetObject"), RequestFilter.action("getobject"));
    assertEquals(Optional.empty(), RequestFilter.action("GetNothing"));
  }

  @Test
  void theOldestGoWhenNobodyFetchesAndAreCounted() throws InterruptedException {
    RequestTap tap = records.taps().trace(RequestFilter.ANY);
    for (int i = 0; i < 1030; i++) {
      send("GET", "/barn/k" + i, "alice");
    }
    RequestTap.Seen seen = tap.fetch(0);
    assertEquals(1024, seen.requests().size());
    assertEquals(6, seen.notShown());
    assertEquals("k6", seen.requests().getFirst().path("key").asText());
    assertEquals(0, tap.fetch(0).notShown());
    for (int i = 0; i < 300; i++) {
      send("GET", "/barn/" + "x".repeat(1000), "alice");
    }
    seen = tap.fetch(0);
    assertTrue(seen.notShown() > 0 && seen.requests().size() + seen.notShown() == 300, seen.notShown() + " are gone");
    assertEquals(1, records.taps().watchers());
    records.taps().close(tap);
    assertEquals(0, records.taps().watchers());
    send("GET", "/barn/late", "alice");
    assertEquals(List.of(), tap.fetch(1000).requests(), "and nobody waits");
  }

  @ParameterizedTest
  @CsvSource({"ACTION,GetObject,2", "BUCKET,barn,4", "ACTION,none,1"})
  void requestsAreSummedUp(RequestRates.By by, String name, long requests) throws InterruptedException {
    RequestRates rates = records.taps().rates(by);
    sendSome();
    assertTrue(rates.fetch(Duration.ofHours(1), 0).isEmpty(), "the time is not over");
    RequestRates.Sums sums = rates.fetch(Duration.ZERO, 0).orElseThrow();
    RequestRates.Sum sum = sums.sums().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
    assertEquals(requests, sum.requests());
    assertEquals(requests * 19_000_000, sum.nanos());
    assertEquals(List.of(), rates.fetch(Duration.ZERO, 0).orElseThrow().sums());
  }

  @Test
  void ofTooManyNamesTheLastShareARow() throws InterruptedException {
    RequestRates rates = records.taps().rates(RequestRates.By.BUCKET);
    for (int i = 0; i < 1005; i++) {
      send("GET", "/barn-" + i + "/k", "alice");
    }
    List<RequestRates.Sum> sums = rates.fetch(Duration.ZERO, 0).orElseThrow().sums();
    assertEquals(1001, sums.size());
    assertEquals(RequestRates.OTHERS, sums.getFirst().name());
    assertEquals(5, sums.getFirst().requests());
    assertFalse(sums.get(1).requests() > 1);
  }
}
