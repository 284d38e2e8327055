package hayloft.s3.auth;

import hayloft.s3.auth.AuthFailure.InvalidArgument;
import io.netty.handler.codec.http.HttpHeaders;

/// The values of `x-amz-content-sha256`.
final class PayloadHash {

  static final String HEADER = "x-amz-content-sha256";
  static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  private static final String SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  private static final String SIGNED_CHUNKS_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  private static final String UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

  private PayloadHash() {}

  static PayloadCheck check(String value, ChunkSeed seed) throws AuthRefusedException {
    return switch (value) {
      case SIGNED_CHUNKS -> new PayloadCheck.SignedChunks(seed, false);
      case SIGNED_CHUNKS_TRAILER -> new PayloadCheck.SignedChunks(seed, true);
      default -> checkWithoutSeed(value);
    };
  }

  /// For requests that no version 4 signature covers: nothing, a hash, or unsigned chunks.
  static PayloadCheck checkWithoutSeed(HttpHeaders headers) throws AuthRefusedException {
    String value = headers.get(HEADER);
    return value == null ? new PayloadCheck.Unsigned() : checkWithoutSeed(value);
  }

  private static PayloadCheck checkWithoutSeed(String value) throws AuthRefusedException {
    if (value.equals(UNSIGNED)) {
      return new PayloadCheck.Unsigned();
    }
    if (value.equals(UNSIGNED_CHUNKS)) {
      return new PayloadCheck.UnsignedChunks();
    }
    if (Signatures.isSha256(value)) {
      return new PayloadCheck.Sha256(value);
    }
    throw new AuthRefusedException(new InvalidArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD, "
        + "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
        + "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.", HEADER, value));
  }
}
