package hayloft.s3.auth;

import org.jspecify.annotations.Nullable;

/// The credential of a version 4 signature: `accessKey/20130524/us-east-1/s3/aws4_request`. Immutable.
///
/// @param scope all but the access key, as it is signed
record CredentialScope(String accessKey, String day, String region, String service, String scope) {

  /// Null if the text is none. An access key may contain slashes, so it is read from the end.
  static @Nullable CredentialScope parse(String text) {
    int terminator = text.lastIndexOf('/');
    int service = before(text, terminator);
    int region = before(text, service);
    int day = before(text, region);
    if (day <= 0 || region - day != 9 || !text.startsWith("aws4_request", terminator + 1)
        || text.length() - terminator - 1 != "aws4_request".length() || !isDigits(text, day + 1, region)) {
      return null;
    }
    return new CredentialScope(text.substring(0, day), text.substring(day + 1, region),
        text.substring(region + 1, service), text.substring(service + 1, terminator), text.substring(day + 1));
  }

  private static int before(String text, int slash) {
    return slash <= 0 ? -1 : text.lastIndexOf('/', slash - 1);
  }

  private static boolean isDigits(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
