package hayloft.s3.request;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import io.netty.handler.codec.http.HttpHeaderValidationUtil;

/// Headers that came as text in another place: in a form's fields, in the query of a presigned URL.
public final class TextHeaders {

  private TextHeaders() {}

  /// The value as the head's parser would have given it: bytes of UTF-8, each a character, without blanks around.
  ///
  /// @param place what it stood in, for the message
  /// @throws S3Exception InvalidArgument if name or value cannot be a header's
  public static String value(String name, String text, String place) {
    if (text.chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f)
        || HttpHeaderValidationUtil.validateToken(name) >= 0) {
      throw new S3Exception(
          new S3Error.InvalidArgument("The " + place + " " + name + " cannot be a header.", name, ""));
    }
    return new String(text.strip().getBytes(UTF_8), ISO_8859_1);
  }
}
