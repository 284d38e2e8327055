package hayloft.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.health.Readiness;
import hayloft.s3.record.RequestRecords;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ReadySwitchTest {

  private static GatewayConfig config(Duration wait, int held) {
    return new GatewayConfig(List.of(), "us-east-1", Durability.OS, 1000, wait, held);
  }

  private final Readiness readiness = new Readiness();

  private ReadySwitch door(GatewayConfig config) {
    return new ReadySwitch(config, readiness, new RequestRecords());
  }

  private static FakeExchange send(ReadySwitch door, String method, String target) {
    FakeExchange exchange = new FakeExchange(method, target, new byte[0]).with("x-test-key", "alice");
    door.handle(exchange);
    return exchange;
  }

  @Test
  void probesAreAnsweredBeforeTheStoreIsReady() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 4));
    assertEquals("200 ok\n", send(door, "GET", "/healthz").status() + " " + send(door, "GET", "/healthz").text());
    assertEquals(503, send(door, "GET", "/readyz").status());
    assertEquals("503 ", send(door, "HEAD", "/readyz").status() + " " + send(door, "HEAD", "/readyz").text());
    assertFalse(door.isOpen());
    door.open(new TestStore().withBucket("healthz").gateway);
    assertTrue(door.isOpen());
    assertEquals(503, send(door, "GET", "/readyz").status());
    readiness.ready();
    assertEquals("200 ok\n", send(door, "GET", "/readyz").status() + " " + send(door, "GET", "/readyz").text());
    assertEquals(200, send(door, "GET", "/healthz?list-type=2").status(), "the bucket of that name");
    assertEquals(404, send(door, "GET", "/healthz/k").status());
  }

  @Test
  void minioProbesAreAnsweredLikeOurs() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 4));
    assertEquals(200, send(door, "GET", "/minio/health/live").status());
    assertEquals(200, send(door, "HEAD", "/minio/health/live").status());
    assertEquals(503, send(door, "GET", "/minio/health/ready").status());
    assertEquals(503, send(door, "GET", "/minio/health/cluster").status());
    door.open(new TestStore().gateway);
    readiness.ready();
    assertEquals(200, send(door, "GET", "/minio/health/ready").status());
    assertEquals(200, send(door, "HEAD", "/minio/health/cluster").status());
  }

  @Test
  void whileOnlyReadsAreAnsweredProbesSayWhyAndRequestsPass() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 4));
    door.open(new TestStore().withBucket("b").gateway);
    readiness.ready();
    AtomicBoolean halted = new AtomicBoolean(true);
    readiness.watch(() -> halted.get() ? Optional.of("the barn burns") : Optional.empty());
    for (String probe : List.of("/readyz", "/minio/health/ready", "/minio/health/cluster")) {
      FakeExchange asked = send(door, "GET", probe);
      assertEquals("503 not ready: the barn burns\n", asked.status() + " " + asked.text());
    }
    for (String probe : List.of("/healthz", "/minio/health/live", "/b")) {
      assertEquals(200, send(door, "GET", probe).status(), probe);
    }
    halted.set(false);
    assertEquals(200, send(door, "GET", "/readyz").status());
  }

  @Test
  void nobodyIsHeldForAStartThatHasFailed() throws InterruptedException {
    ReadySwitch door = door(config(Duration.ofHours(1), 4));
    FakeExchange held = new FakeExchange("GET", "/b", new byte[0]).with("x-test-key", "alice");
    Thread waiting = Thread.ofVirtual().start(() -> door.handle(held));
    door.endWaiting();
    waiting.join();
    assertEquals(503, held.status());
    assertEquals(503, send(door, "GET", "/b").status());
    assertEquals(200, send(door, "GET", "/healthz").status());
  }

  @Test
  void aBucketCalledMinioWorks() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 4));
    door.open(new TestStore().withBucket("minio").gateway);
    for (String key : List.of("k", "health", "health/other", "health/live")) {
      FakeExchange put = new FakeExchange("PUT", "/minio/" + key, key.getBytes(US_ASCII)).with("x-test-key", "alice");
      door.handle(put);
      assertEquals(200, put.status(), key);
      FakeExchange get = new FakeExchange("GET", "/minio/" + key, new byte[0]).with("x-test-key", "alice")
          .with("authorization", "AWS4-HMAC-SHA256 …");
      door.handle(get);
      assertEquals("200 " + key, get.status() + " " + get.text());
    }
    assertEquals(200, send(door, "GET", "/minio").status());
    assertEquals(204, send(door, "DELETE", "/minio/health/live").status());
  }

  @Test
  void aSignedRequestIsNoProbe() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 4));
    door.open(new TestStore().withBucket("healthz").gateway);
    FakeExchange listing = new FakeExchange("GET", "/healthz", new byte[0]).with("x-test-key", "alice")
        .with("authorization", "AWS4-HMAC-SHA256 …");
    door.handle(listing);
    assertTrue(listing.text().contains("<ListBucketResult"), listing.text());
  }

  @Test
  void anonymousRequestsOfSdksAndOfVirtualHostsAreNoProbes() {
    ReadySwitch door = new ReadySwitch(
        config(Duration.ofMillis(1), 1).on(List.of("s3.barn"), "us-east-1", Durability.OS), readiness,
        new RequestRecords());
    for (List<String> field : List.of(List.of("x-amz-date", "20260101T000000Z"), List.of("Amz-Sdk-Request", "1"),
        List.of("host", "oats.s3.barn:8333"))) {
      for (String path : List.of("/healthz", "/readyz", "/minio/health/live")) {
        FakeExchange exchange = new FakeExchange("GET", path, new byte[0]);
        exchange.headers().set(field.getFirst(), field.getLast());
        door.handle(exchange);
        assertEquals("503 ServiceUnavailable", BucketsTest.codeOf(exchange), path + field);
      }
    }
    FakeExchange probe = new FakeExchange("GET", "/healthz", new byte[0]);
    probe.headers().set("host", "s3.barn:8333");
    door.handle(probe);
    assertEquals("ok\n", probe.text());
  }

  @Test
  void requestsBeyondTheBoundsAreRefused() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 1));
    FakeExchange late = send(door, "GET", "/b");
    assertEquals("503 ServiceUnavailable", BucketsTest.codeOf(late));
    assertEquals("5", late.header("retry-after"));
    assertTrue(late.forked);
  }

  /// Where the server has no room for one more, or no thread for it.
  @Test
  void aRequestThatIsNotHeldAfterAllTakesNoPlace() {
    ReadySwitch door = door(config(Duration.ofMillis(1), 1));
    FakeExchange refused = new FakeExchange("GET", "/b", new byte[0]).with("x-test-key", "alice");
    refused.hasRoom = false;
    door.handle(refused);
    FakeExchange failed = new FakeExchange("GET", "/b", new byte[0]).with("x-test-key", "alice");
    failed.onFork = () -> {
      throw new OutOfMemoryError("no thread");
    };
    assertThrows(OutOfMemoryError.class, () -> door.handle(failed));
    assertTrue(send(door, "GET", "/b").forked, "the only place is free");
  }

  @Test
  void aHeldRequestGoesOnWhenTheStoreIsReady() throws InterruptedException {
    ReadySwitch door = door(config(Duration.ofSeconds(60), 1));
    FakeExchange held = new FakeExchange("PUT", "/b/k", new byte[]{1, 2, 3}).with("x-test-key", "alice");
    CountDownLatch forked = new CountDownLatch(1);
    held.onFork = forked::countDown;
    Thread waiting = Thread.ofVirtual().start(() -> door.handle(held));
    forked.await();
    FakeExchange oneTooMany = send(door, "GET", "/b");
    assertEquals(503, oneTooMany.status());
    assertFalse(oneTooMany.forked);
    TestStore store = new TestStore().withBucket("b");
    door.open(store.gateway);
    waiting.join();
    assertEquals(200, held.status());
    assertEquals(3, store.get("/b/k").bytes().length);
  }
}
