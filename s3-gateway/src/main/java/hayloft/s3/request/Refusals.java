package hayloft.s3.request;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.http.Refusal;
import hayloft.common.http.Replies;
import hayloft.s3.error.ErrorDocument;
import hayloft.s3.error.S3Error;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;

/// What a client reads that the server refuses before the gateway has seen its request.
public final class Refusals {

  private Refusals() {}

  /// @param status that it is answered with
  /// @param target that was asked for; empty if a connection is refused
  /// @param requestId empty if there is none
  public static Refusal of(int status, String target, String requestId, String hostId) {
    HttpHeaders headers = Replies.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/xml");
    if (!requestId.isEmpty()) {
      Reply.addIds(headers, requestId, hostId);
    }
    ByteBuf document = ErrorDocument.of(error(status), Reply.path(target), requestId, hostId);
    try {
      return new Refusal(headers, document.toString(UTF_8));
    } finally {
      document.release();
    }
  }

  /// What the document of such a refusal says.
  static S3Error error(int status) {
    return switch (status) {
      case 500 -> S3Error.Plain.INTERNAL_ERROR;
      case 503 -> S3Error.Plain.SLOW_DOWN;
      case 408 -> refused(status, "RequestTimeout", "The head of the request did not come within the timeout period.");
      case 414 -> refused(status, "RequestURITooLong", "The request line is longer than is allowed.");
      case 431 -> refused(status, "RequestHeaderSectionTooLarge",
          "Your request headers exceed the maximum allowed size.");
      case 501 -> refused(status, "NotImplemented", "The only Transfer-Encoding that is understood is chunked.");
      case 505 -> refused(status, "HttpVersionNotSupported", "The HTTP version specified is not supported.");
      default -> refused(status, "BadRequest", "The request could not be understood as HTTP.");
    };
  }

  private static S3Error refused(int status, String code, String message) {
    return new S3Error.Refused(status, code, message, List.of());
  }
}
