package hayloft.s3.body;

import java.util.Map;

/// A body is not what the request's head, or its own framing, says it is. An answer to the client and no fault of the
/// server, hence without a stack trace.
public final class PayloadRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  /// S3's error code and status.
  public enum Reason {
    INCOMPLETE_BODY("IncompleteBody", 400),
    BAD_DIGEST("BadDigest", 400),
    INVALID_DIGEST("InvalidDigest",
        400),
    SHA256_MISMATCH("XAmzContentSHA256Mismatch", 400),
    CHUNK_SIGNATURE_MISMATCH("SignatureDoesNotMatch",
        403),
    MISSING_DECODED_LENGTH("MissingContentLength", 411),
    MALFORMED_TRAILER("MalformedTrailerError",
        400),
    MALFORMED_CHUNKS("InvalidRequest", 400),
    INVALID_REQUEST("InvalidRequest", 400);

    private final String code;
    private final int status;

    Reason(String code, int status) {
      this.code = code;
      this.status = status;
    }

    public String code() {
      return code;
    }

    public int status() {
      return status;
    }
  }

  private final Reason reason;
  private final transient Map<String, String> details;

  PayloadRefusedException(Reason reason, String message) {
    this(reason, message, Map.of());
  }

  PayloadRefusedException(Reason reason, String message, Map<String, String> details) {
    super(message, null, false, false);
    this.reason = reason;
    this.details = details;
  }

  public Reason reason() {
    return reason;
  }

  /// Further elements of the error's XML: name and text.
  public Map<String, String> details() {
    return details;
  }
}
