package hayloft.s3.request;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/// Names for requests and for the process that answers them. Stateless.
public final class RequestIds {

  private RequestIds() {}

  /// 16 upper-case hex digits, as S3's request ids are.
  public static String next() {
    return HexFormat.of().withUpperCase().toHexDigits(ThreadLocalRandom.current().nextLong());
  }
}
