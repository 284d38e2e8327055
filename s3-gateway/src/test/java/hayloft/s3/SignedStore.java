package hayloft.s3;

import hayloft.common.Durability;
import hayloft.filer.User;
import hayloft.s3.auth.AuthConfig;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.Secret;
import hayloft.s3.auth.TestSigner;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A gateway over a [MemoryCatalog] that verifies signatures, with one user who is no admin.
final class SignedStore {

  static final String HOST = "127.0.0.1:8333";
  static final User OWNER = new User("id-owner", "Owner", TestSigner.ACCESS_KEY,
      TestSigner.SECRET_KEY, false);

  final MemoryCatalog catalog = new MemoryCatalog(() -> TestSigner.NOW);
  private final String region;
  private final S3Gateway gateway;

  SignedStore(String region) {
    this.region = region;
    catalog.putUser(OWNER);
    var authenticator = new Authenticator(
        key -> catalog.findSigner(key).flatMap(user -> user.secretOf(key)).map(Secret::new),
        new AuthConfig(region, false, true, Duration.ofMinutes(15)), () -> TestSigner.NOW);
    gateway = new S3Gateway(catalog, new SignatureGate(authenticator), new StreamDigests(),
        new GatewayConfig(List.of(), region, Durability.FSYNC, 1 << 20, Duration.ofSeconds(1), 4),
        () -> TestSigner.NOW);
  }

  FakeExchange send(FakeExchange exchange) {
    gateway.handle(exchange);
    return exchange;
  }

  static FakeExchange request(String method, String target, String body, String... headers) {
    var exchange = new FakeExchange(method, target, body.getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < headers.length; i += 2) {
      exchange.with(headers[i], headers[i + 1]);
    }
    return exchange;
  }

  /// Sends a request with a signature in its header.
  ///
  /// @param payload what is signed of the body: its hash, or a word for none
  FakeExchange signed(String signedRegion, String payload, String method, String path, Map<String, String> query,
      String body, String... headers) {
    String target = TestSigner.encodePath(path) + (query.isEmpty() ? "" : "?" + TestSigner.query(query));
    FakeExchange exchange = request(method, target, body, headers);
    new TestSigner(signedRegion, TestSigner.NOW).signHeader(method, path, query, exchange.headers(), payload);
    return send(exchange);
  }

  FakeExchange signed(String method, String path, Map<String, String> query, String body, String... headers) {
    return signed(region, TestSigner.sha256(body.getBytes(StandardCharsets.UTF_8)), method, path, query, body, headers);
  }

  /// Sends what a presigned URL is used for.
  FakeExchange presigned(String method, String path, Map<String, String> query, String body, String... headers) {
    String target = new TestSigner(region, TestSigner.NOW).presign(method, path, query, HOST, 60);
    return send(request(method, target, body, headers));
  }
}
