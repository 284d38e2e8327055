package hayloft.cli.admin;

import hayloft.cli.client.RequestSigner;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.KnownHosts;
import hayloft.filer.Catalog;
import hayloft.filer.User;
import hayloft.s3.auth.AccessKeys;
import hayloft.s3.auth.AuthConfig;
import hayloft.s3.auth.AuthFailure;
import hayloft.s3.auth.AuthResult;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.PayloadCheck;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Lets administrators in: requests signed with Signature Version 4 in the head, with a key of a user with `admin`. The
/// signature covers method, path, query, the host asked for (which the port must be known as: `SiteGuard`) with its
/// port (which must be this one, or another server of the host would take the request, too), the body, the time and a
/// nonce. Each is let in once: its time is at most [#WINDOW] from the server's and not before the start
/// of the server, which has forgotten what was taken before. Thread-safe; never waits.
final class AdminGate {

  static final Duration WINDOW = Duration.ofMinutes(5);
  private static final int MOST_NONCES = 1 << 16;
  private static final int HTTP = 80;
  private static final int HTTPS = 443;
  /// Of one form only, so that what is looked at here is what was verified.
  private static final Pattern AUTHORIZATION = Pattern.compile(
      "AWS4-HMAC-SHA256 Credential=[^,]+, ?SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}");
  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern STAMP = Pattern.compile("\\d{8}T\\d{6}Z");
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'")
      .withZone(ZoneOffset.UTC);

  private final Authenticator authenticator;
  private final Catalog catalog;
  private final InstantSource clock;
  private final KnownHosts hosts;
  private final int port;
  private final String started;
  private final TakenNonces nonces = new TakenNonces(WINDOW, MOST_NONCES);

  /// @param region told to clients that signed for another one
  /// @param hosts that the port is known as
  AdminGate(AccessKeys keys, String region, Catalog catalog, InstantSource clock, KnownHosts hosts, int port) {
    this.authenticator = new Authenticator(keys, new AuthConfig(region, true, false, WINDOW), clock);
    this.catalog = catalog;
    this.clock = clock;
    this.hosts = hosts;
    this.port = port;
    this.started = TIME.format(clock.instant().truncatedTo(ChronoUnit.SECONDS));
  }

  sealed interface Admission {
    /// @param bodySha256 64 hex digits in lower case: the body must have it
    record Admitted(String userId, String bodySha256) implements Admission {}

    /// @param who an access key that was claimed, or the user that it is; may be empty
    record Denied(int status, String code, String message, String who) implements Admission {}
  }

  Admission admit(HttpExchange exchange) {
    return switch (authenticator.authenticate(exchange.method(), exchange.target(), exchange.headers(),
        Optional.empty())) {
      case AuthResult.Anonymous _ -> new Admission.Denied(401, "NotSigned",
          "requests to the admin port are signed with the access key of an administrator", "");
      case AuthResult.Refused(AuthFailure failure) -> new Admission.Denied(failure.status() == 400 ? 400 : 403,
          failure.code(), failure.message(), failure.details().getOrDefault("AWSAccessKeyId", ""));
      case AuthResult.Granted(String accessKey, PayloadCheck check) -> admit(accessKey, check, exchange);
    };
  }

  private Admission admit(String accessKey, PayloadCheck check, HttpExchange exchange) {
    if (!(check instanceof PayloadCheck.Sha256(String hex))) {
      return new Admission.Denied(403, "BodyNotSigned", "the body must be signed: x-amz-content-sha256 is its SHA-256",
          accessKey);
    }
    Optional<User> user = catalog.findSigner(accessKey);
    if (user.isEmpty()) {
      return new Admission.Denied(403, "InvalidAccessKeyId", "there is no such access key any more", accessKey);
    }
    if (!user.get().admin()) {
      return new Admission.Denied(403, "NotAnAdministrator",
          "user " + user.get().id() + " is no administrator, and only they may use the admin port", user.get().id());
    }
    return once(exchange.headers(), exchange.isTls() ? HTTPS : HTTP, user.get().id(), hex);
  }

  private Admission once(HttpHeaders headers, int usualPort, String userId, String bodySha256) {
    List<String> asked = headers.getAll(HttpHeaderNames.HOST);
    if (asked.size() != 1 || asked.getFirst().isBlank()) {
      return new Admission.Denied(403, "HostNotSigned", "the host that is asked must be named and signed", userId);
    }
    if (!hosts.isFor(asked.getFirst().strip(), port, usualPort)) {
      return new Admission.Denied(403, "OtherPort", "the request was signed for " + asked.getFirst().strip()
          + ", and this is port " + port + ": if something before the server passes it on, name that host with "
          + "--known-host", userId);
    }
    Optional<String> nonce = signedNonce(headers);
    if (nonce.isEmpty()) {
      return new Admission.Denied(403, "NonceNotSigned", "this server takes each request once, and wants "
          + RequestSigner.NONCE + " (32 hex digits) among the headers that are signed in the field Authorization: "
          + "use the hayloft of this server's version", userId);
    }
    if (headers.get("x-amz-date", "").compareTo(started) < 0) {
      return new Admission.Denied(403, "SignedBeforeStart",
          "the request was signed before this server started: send a new one; clocks may differ", userId);
    }
    Instant now = clock.instant();
    return switch (nonces.take(nonce.get(), now)) {
      case TAKEN -> new Admission.Admitted(userId, bodySha256);
      case SEEN_BEFORE -> new Admission.Denied(403, "AlreadyTaken",
          "this very request was taken before: sign a new one", userId);
      case FULL -> new Admission.Denied(503, "TooManyRequests",
          "more requests than can be told apart: try again in some minutes", userId);
    };
  }

  /// Of a request whose signature is right.
  private static Optional<String> signedNonce(HttpHeaders headers) {
    List<String> authorizations = headers.getAll(HttpHeaderNames.AUTHORIZATION);
    List<String> nonces = headers.getAll(RequestSigner.NONCE);
    List<String> times = headers.getAll("x-amz-date");
    if (authorizations.size() != 1 || nonces.size() != 1 || times.size() != 1) {
      return Optional.empty();
    }
    Matcher authorization = AUTHORIZATION.matcher(authorizations.getFirst());
    return authorization.matches() && STAMP.matcher(times.getFirst()).matches()
        && Arrays.asList(authorization.group(1).split(";", -1)).contains(RequestSigner.NONCE)
        && NONCE.matcher(nonces.getFirst()).matches() ? Optional.of(nonces.getFirst()) : Optional.empty();
  }
}
