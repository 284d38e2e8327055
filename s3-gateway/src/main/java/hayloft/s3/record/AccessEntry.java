package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.common.log.CredentialMask;
import hayloft.common.tls.TlsSession;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What the access log says of one request. Immutable. Empty texts are what is not known or does not apply.
///
/// @param at when its first byte came
/// @param bucketOwner id of the user who owns the bucket, if it was entered
/// @param requester id of the user who signed it; empty for nobody
/// @param request method, target and protocol
/// @param status 0 if it was never answered
/// @param sentBytes of the answer's body
/// @param objectBytes size of the object it was about; -1 if it was about none
/// @param totalMillis from the first byte of the request to the last of the answer
/// @param turnAroundMillis from the last byte of the request to the first of the answer
/// @param signature `SigV4`, `SigV2` or empty
/// @param authentication `AuthHeader`, `QueryString` or empty
/// @param tls empty without TLS
record AccessEntry(Instant at, String bucketOwner, String bucket, String remote, String requester, String requestId,
    Optional<S3Operation> operation, String method, String key, String request, int status, boolean whole,
    String errorCode, long receivedBytes, long sentBytes, long objectBytes, long totalMillis, long turnAroundMillis,
    String referer, String userAgent, String versionId, String hostId, String signature, String authentication,
    String host, Optional<TlsSession> tls) {

  static AccessEntry of(Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    HttpHeaders headers = reply.exchange().headers();
    String authorization = text(headers.get("authorization"));
    String target = reply.exchange().target();
    String error = reply.errorCode();
    long nowNanos = times.endedNanos();
    return new AccessEntry(Instant.now().minusNanos(Math.max(0, nowNanos - times.beganNanos())), reply.bucketOwner(),
        reply.bucket(), reply.exchange().remoteAddress().getHostString(), reply.requester(), reply.requestId(),
        operation, reply.exchange().method().name(), reply.key(),
        reply.exchange().method().name() + " " + CredentialMask.over(target)
            + (reply.exchange().isHttp10() ? " HTTP/1.0" : " HTTP/1.1"),
        times.status(), times.isWhole(), text(error), times.receivedBytes(), times.sentBytes(), reply.objectBytes(),
        millis(nowNanos - times.beganNanos()), millis(times.firstByteNanos() - times.bodyNanos()),
        CredentialMask.over(text(headers.get("referer"))), text(headers.get("user-agent")), reply.versionId(),
        reply.hostId(),
        signature(authorization, target), authentication(authorization, target), text(headers.get("host")),
        reply.exchange().tlsSession());
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
