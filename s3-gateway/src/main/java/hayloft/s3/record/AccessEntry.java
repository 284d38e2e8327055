package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.ClientText;
import hayloft.common.tls.TlsSession;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the access log says of one request. Immutable. Empty texts are what is not known or does not apply.
/// What a client chose to send is a [ClientText].
///
/// @param at when its first byte came
/// @param bucketOwner id of the user who owns the bucket, if it was entered
/// @param requester id of the user who signed it; empty for nobody
/// @param target of the request line
/// @param protocol of the request line
/// @param status 0 if it was never answered
/// @param sentBytes of the answer's body
/// @param objectBytes size of the object it was about; -1 if it was about none
/// @param totalMillis from the first byte of the request to the last of the answer
/// @param turnAroundMillis from the last byte of the request to the first of the answer
/// @param signature `SigV4`, `SigV2` or empty
/// @param authentication `AuthHeader`, `QueryString` or empty
/// @param tls empty without TLS
record AccessEntry(Instant at, String bucketOwner, ClientText bucket, String remote, String requester, String requestId,
    Optional<S3Operation> operation, ClientText method, ClientText key, ClientText target, String protocol, int status,
    boolean whole, String errorCode, long receivedBytes, long sentBytes, long objectBytes, long totalMillis,
    long turnAroundMillis, ClientText referer, ClientText userAgent, ClientText versionId, String hostId,
    String signature, String authentication, ClientText host, Optional<TlsSession> tls) {

  /// Itself, its place in a queue, and the texts that the server makes.
  private static final int OVERHEAD_BYTES = 600;

  static AccessEntry of(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    HttpHeaders headers = reply.exchange().headers();
    String authorization = text(headers.get("authorization"));
    String target = reply.exchange().target();
    long nowNanos = times.endedNanos();
    return new AccessEntry(Instant.now().minusNanos(Math.max(0, nowNanos - times.beganNanos())), reply.bucketOwner(),
        ClientText.of(reply.bucket()), reply.exchange().remoteAddress().getHostString(), reply.requester(),
        reply.requestId(), operation, ClientText.of(reply.exchange().method().name()), ClientText.of(reply.key()),
        ClientText.of(target), reply.exchange().isHttp10() ? "HTTP/1.0" : "HTTP/1.1", times.status(), times.isWhole(),
        text(reply.errorCode()), times.receivedBytes(), times.sentBytes(), reply.objectBytes(),
        millis(nowNanos - times.beganNanos()), millis(times.firstByteNanos() - times.bodyNanos()),
        ClientText.of(text(headers.get("referer"))), ClientText.of(text(headers.get("user-agent"))),
        ClientText.of(reply.versionId()), reply.hostId(), signature(authorization, target),
        authentication(authorization, target), ClientText.of(text(headers.get("host"))), reply.exchange().tlsSession());
  }

  /// What it holds of the heap, at most.
  long bytes() {
    return OVERHEAD_BYTES + bucket.bytes() + method.bytes() + key.bytes() + target.bytes() + referer.bytes()
        + userAgent.bytes() + versionId.bytes() + host.bytes();
  }

  private static long millis(long nanos) {
    return Math.max(0, nanos) / 1_000_000;
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static String signature(String authorization, String target) {
    if (authorization.startsWith("AWS4-") || target.contains("X-Amz-Signature=")) {
      return "SigV4";
    }
    return authorization.startsWith("AWS ") || target.contains("Signature=") ? "SigV2" : "";
  }

  private static String authentication(String authorization, String target) {
    if (!authorization.isEmpty()) {
      return "AuthHeader";
    }
    return target.contains("Signature=") ? "QueryString" : "";
  }
}
