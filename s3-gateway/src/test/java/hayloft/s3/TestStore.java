package hayloft.s3;

import hayloft.common.Durability;
import hayloft.filer.User;
import hayloft.s3.auth.TestSigner;
import hayloft.s3.request.Gate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// A gateway over a [MemoryCatalog], with an admin, two plain users and a clock that is moved by hand.
final class TestStore {

  static final User ADMIN = new User("id-admin", "The Admin", "admin", "s", true);
  static final User ALICE = new User("id-alice", "Alice", "alice", "s", false);
  static final User BOB = new User("id-bob", "Bob", "bob", "s", false);

  Instant now = Instant.parse("2026-01-02T03:04:05.678Z");
  final MemoryCatalog catalog = new MemoryCatalog(() -> now);
  final S3Gateway gateway;

  TestStore() {
    this("us-east-1");
  }

  TestStore(String region) {
    this(region, new FakeGate());
  }

  TestStore(Gate gate) {
    this("us-east-1", gate);
  }

  private TestStore(String region, Gate gate) {
    catalog.putUser(ADMIN);
    catalog.putUser(ALICE);
    catalog.putUser(BOB);
    gateway = new S3Gateway(catalog, gate, new TestChecksums(),
        new GatewayConfig(List.of("s3.example.org"), region, Durability.FSYNC, 1 << 20, Duration.ofSeconds(1), 4),
        () -> now);
  }

  /// A request whose body is hashed, as clients do that sign.
  FakeExchange request(String method, String target, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return new FakeExchange(method, target, bytes).with("x-amz-content-sha256", TestSigner.sha256(bytes));
  }

  /// Sends a request as Alice.
  FakeExchange send(String method, String target, String body, String... headers) {
    FakeExchange exchange = request(method, target, body).with("x-test-key", "alice");
    for (int i = 0; i < headers.length; i += 2) {
      exchange.with(headers[i], headers[i + 1]);
    }
    return send(exchange);
  }

  FakeExchange send(FakeExchange exchange) {
    gateway.handle(exchange);
    return exchange;
  }

  FakeExchange get(String target, String... headers) {
    return send("GET", target, "", headers);
  }

  FakeExchange put(String target, String body, String... headers) {
    return send("PUT", target, body, headers);
  }

  /// A bucket of Alice's.
  TestStore withBucket(String name) {
    try {
      catalog.createBucket(name, ALICE.id(), "us-east-1", false, bucket -> bucket);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  TestStore withVersionedBucket(String name) {
    withBucket(name);
    catalog.updateBucket(name, bucket -> bucket.withVersioning(hayloft.filer.Versioning.ENABLED));
    return this;
  }
}
