package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// The opaque token that stands for a position in a listing.
public final class ContinuationToken {

  private ContinuationToken() {}

  /// @param position the last name that was listed
  public static String of(String position) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(position.getBytes(StandardCharsets.UTF_8));
  }

  /// @throws S3Exception InvalidArgument if no listing gave it out
  public static String read(String token) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(token)))
          .toString();
    } catch (IllegalArgumentException | CharacterCodingException _) {
      throw new S3Exception(new S3Error.InvalidArgument("The continuation token provided is incorrect",
          "continuation-token", token));
    }
  }
}
