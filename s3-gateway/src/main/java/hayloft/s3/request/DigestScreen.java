package hayloft.s3.request;

import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;

/// Refuses documents that nothing in their request's head vouches for. What does is verified once the body is read.
/// [DeleteObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)
///
/// S3 wants `Content-MD5` or a checksum. A hash of the body in `x-amz-content-sha256`, or signed chunks, are worth as
/// much and are what other stores are content with, so they are enough here.
public final class DigestScreen {

  private DigestScreen() {}

  /// @param orNone whether there may be no document, and nothing to vouch for; of operations that version 2's clients
  ///     send no digest for, s3cmd among them
  /// @throws S3Exception InvalidRequest
  public static void check(HttpHeaders headers, boolean orNone) {
    if (!hasDigest(headers) && !(orNone && (!hasBody(headers) || isSignedByVersion2(headers)))) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"));
    }
  }

  private static boolean hasBody(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.TRANSFER_ENCODING)
        || headers.get(HttpHeaderNames.CONTENT_LENGTH, "").chars().anyMatch(digit -> digit != '0');
  }

  private static boolean isSignedByVersion2(HttpHeaders headers) {
    return headers.get(HttpHeaderNames.AUTHORIZATION, "").startsWith("AWS ");
  }

  private static boolean hasDigest(HttpHeaders headers) {
    String payload = headers.get("x-amz-content-sha256", "");
    boolean isSigned = !payload.equals("UNSIGNED-PAYLOAD") && !payload.startsWith("STREAMING-UNSIGNED-");
    return !payload.isEmpty() && isSigned || headers.contains("content-md5")
        || headers.names().stream().anyMatch(ChecksumNames::isValue)
        || headers.get("x-amz-trailer", "").toLowerCase(Locale.ROOT).contains(ChecksumNames.HEADER_PREFIX);
  }
}
