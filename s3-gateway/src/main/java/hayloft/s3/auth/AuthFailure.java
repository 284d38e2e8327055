package hayloft.s3.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/// Why a request is refused; each case carries what S3's XML says of it.
/// [Error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)
public sealed interface AuthFailure {

  int MOST_TOLD_CHARS = 8 << 10;

  /// S3's error code.
  default String code() {
    return switch (this) {
      case AccessDenied _,Expired _,HeadersNotSigned _ -> "AccessDenied";
      case InvalidAccessKeyId _ -> "InvalidAccessKeyId";
      case SignatureDoesNotMatch _ -> "SignatureDoesNotMatch";
      case RequestTimeTooSkewed _ -> "RequestTimeTooSkewed";
      case HeaderMalformed _ -> "AuthorizationHeaderMalformed";
      case WrongRegion(_, _, boolean inHeader) ->
        inHeader ? "AuthorizationHeaderMalformed" : "AuthorizationQueryParametersError";
      case QueryParametersError _ -> "AuthorizationQueryParametersError";
      case InvalidArgument _ -> "InvalidArgument";
      case InvalidRequest _ -> "InvalidRequest";
      case InvalidToken _ -> "InvalidToken";
    };
  }

  default int status() {
    return switch (this) {
      case AccessDenied _,Expired _,HeadersNotSigned _,InvalidAccessKeyId _ -> 403;
      case SignatureDoesNotMatch _,RequestTimeTooSkewed _ -> 403;
      case HeaderMalformed _,WrongRegion _,QueryParametersError _,InvalidArgument _,InvalidRequest _ -> 400;
      case InvalidToken _ -> 400;
    };
  }

  default String message() {
    return switch (this) {
      case AccessDenied(String message) -> message;
      case Expired _ -> "Request has expired";
      case HeadersNotSigned _ -> "There were headers present in the request which were not signed";
      case InvalidAccessKeyId _ -> "The AWS Access Key Id you provided does not exist in our records.";
      case SignatureDoesNotMatch _ -> "The request signature we calculated does not match the signature you provided."
          + " Check your key and signing method.";
      case RequestTimeTooSkewed _ -> "The difference between the request time and the current time is too large.";
      case HeaderMalformed(String message) -> message;
      case WrongRegion(String region, String expected, boolean inHeader) ->
        (inHeader ? "The authorization header is malformed" : "Error parsing the X-Amz-Credential parameter")
            + "; the region '" + region + "' is wrong; expecting '" + expected + "'. Set the client's region to "
            + expected + ", or the server's with --region.";
      case QueryParametersError(String message) -> message;
      case InvalidArgument(String message, _, _) -> message;
      case InvalidRequest(String message) -> message;
      case InvalidToken _ -> "The provided token is malformed or otherwise invalid.";
    };
  }

  /// For people who compare it with their own; nobody compares more, and it would be more than what was sent.
  private static String told(String text) {
    return text.length() <= MOST_TOLD_CHARS ? text : text.substring(0, MOST_TOLD_CHARS) + "…";
  }

  /// The further elements of the error's XML, in order: name and text.
  default Map<String, String> details() {
    Map<String, String> details = new LinkedHashMap<>();
    switch (this) {
      case Expired(Instant expires, Instant serverTime, long seconds) -> {
        if (seconds > 0) {
          details.put("X-Amz-Expires", Long.toString(seconds));
        }
        details.put("Expires", expires.toString());
        details.put("ServerTime", wholeSeconds(serverTime));
      }
      case HeadersNotSigned(String names) -> details.put("HeadersNotSigned", names);
      case InvalidAccessKeyId(String accessKey) -> details.put("AWSAccessKeyId", accessKey);
      case SignatureDoesNotMatch(String accessKey, String provided, String stringToSign, String canonicalRequest) -> {
        details.put("AWSAccessKeyId", accessKey);
        details.put("StringToSign", told(stringToSign));
        details.put("SignatureProvided", told(provided));
        if (!canonicalRequest.isEmpty()) {
          details.put("CanonicalRequest", told(canonicalRequest));
        }
      }
      case RequestTimeTooSkewed(Instant requestTime, Instant serverTime, Duration allowed) -> {
        details.put("RequestTime", requestTime.toString());
        details.put("ServerTime", wholeSeconds(serverTime));
        details.put("MaxAllowedSkewMilliseconds", Long.toString(allowed.toMillis()));
      }
      case WrongRegion(_, String expected, _) -> details.put("Region", expected);
      case InvalidArgument(_, String name, String value) -> {
        details.put("ArgumentName", name);
        details.put("ArgumentValue", value);
      }
      case AccessDenied _,HeaderMalformed _,QueryParametersError _,InvalidRequest _,InvalidToken _ -> {
        // the message says it all
      }
    }
    return details;
  }

  private static String wholeSeconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  record AccessDenied(String message) implements AuthFailure {}

  /// A presigned URL after its time.
  ///
  /// @param lifetimeSeconds 0 for version 2, which signs only the end
  record Expired(Instant expires, Instant serverTime, long lifetimeSeconds) implements AuthFailure {}

  /// @param names of the headers, separated by commas
  record HeadersNotSigned(String names) implements AuthFailure {}

  record InvalidAccessKeyId(String accessKey) implements AuthFailure {}

  /// @param canonicalRequest empty for version 2, which has none
  record SignatureDoesNotMatch(String accessKey, String signatureProvided, String stringToSign,
      String canonicalRequest) implements AuthFailure {}

  record RequestTimeTooSkewed(Instant requestTime, Instant serverTime, Duration allowed) implements AuthFailure {}

  record HeaderMalformed(String message) implements AuthFailure {}

  /// @param inHeader whether the credential came in the Authorization header; else in a query or a form
  record WrongRegion(String region, String expected, boolean inHeader) implements AuthFailure {}

  record QueryParametersError(String message) implements AuthFailure {}

  record InvalidArgument(String message, String name, String value) implements AuthFailure {}

  record InvalidRequest(String message) implements AuthFailure {}

  /// A token of temporary credentials, of which there are none here.
  record InvalidToken() implements AuthFailure {}
}
