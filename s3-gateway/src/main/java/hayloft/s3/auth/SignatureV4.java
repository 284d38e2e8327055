package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.s3.auth.AuthFailure.AccessDenied;
import hayloft.s3.auth.AuthFailure.Expired;
import hayloft.s3.auth.AuthFailure.HeaderMalformed;
import hayloft.s3.auth.AuthFailure.HeadersNotSigned;
import hayloft.s3.auth.AuthFailure.InvalidAccessKeyId;
import hayloft.s3.auth.AuthFailure.InvalidRequest;
import hayloft.s3.auth.AuthFailure.QueryParametersError;
import hayloft.s3.auth.AuthFailure.RequestTimeTooSkewed;
import hayloft.s3.auth.AuthFailure.SignatureDoesNotMatch;
import hayloft.s3.auth.AuthFailure.WrongRegion;
import hayloft.s3.auth.AuthResult.Granted;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// AWS Signature Version 4 for S3. Thread-safe.
///
/// - [Authorization header](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)
/// - [Query parameters](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
///
/// The canonical request is written into one array and hashed from there. If a signature does not match, the target is
/// tried once more as it was sent: clients differ in what they encode twice or not at all, and a signature over the
/// very bytes on the wire proves as much.
final class SignatureV4 {

  static final String ALGORITHM = "AWS4-HMAC-SHA256";

  private static final String SERVICE = "s3";
  private static final long MAX_LIFETIME_SECONDS = 604_800;
  private static final QueryParametersError INCOMPLETE_QUERY = new QueryParametersError(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
          + "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");

  private final AccessKeys keys;
  private final AuthConfig config;
  private final InstantSource clock;
  private final SigningKeys signingKeys = new SigningKeys();

  SignatureV4(AccessKeys keys, AuthConfig config, InstantSource clock) {
    this.keys = keys;
    this.config = config;
    this.clock = clock;
  }

  /// What a request says of its signature.
  private record Claim(CredentialScope credential, List<String> signedHeaders, String signedHeadersText,
      String signature, RequestTime time, String payloadHash, boolean presigned) {}

  Granted verifyHeader(HttpMethod method, SignedTarget target, HttpHeaders headers, String authorization,
      Predicate<String> otherRegion) throws AuthRefusedException {
    @Nullable
    String credential = null;
    @Nullable
    String signedHeaders = null;
    @Nullable
    String signature = null;
    int from = ALGORITHM.length();
    while (from < authorization.length()) {
      int end = authorization.indexOf(',', from);
      if (end < 0) {
        end = authorization.length();
      }
      int start = from;
      while (start < end && authorization.charAt(start) == ' ') {
        start++;
      }
      if (authorization.startsWith("Credential=", start)) {
        credential = authorization.substring(start + 11, end).strip();
      } else if (authorization.startsWith("SignedHeaders=", start)) {
        signedHeaders = authorization.substring(start + 14, end).strip();
      } else if (authorization.startsWith("Signature=", start)) {
        signature = authorization.substring(start + 10, end).strip();
      }
      from = end + 1;
    }
    if (credential == null || signedHeaders == null || signature == null) {
      throw new AuthRefusedException(new HeaderMalformed("The authorization header is malformed; it requires "
          + "Credential, SignedHeaders and Signature."));
    }
    CredentialScope scope = CredentialScope.parse(credential);
    if (scope == null) {
      throw new AuthRefusedException(new HeaderMalformed("The authorization header is malformed; the Credential is "
          + "mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."));
    }
    String amzDate = headers.get("x-amz-date");
    String date = amzDate != null ? amzDate : headers.get("date", "");
    RequestTime time = RequestTime.parse(date);
    String payloadHash = headers.get(PayloadHash.HEADER);
    if (payloadHash == null) {
      throw new AuthRefusedException(
          new InvalidRequest("Missing required header for this request: x-amz-content-sha256"));
    }
    checkScope(scope, time, false, otherRegion);
    Instant now = clock.instant();
    if (Duration.between(time.instant(), now).abs().compareTo(config.maxSkew()) > 0) {
      throw new AuthRefusedException(new RequestTimeTooSkewed(time.instant(), now, config.maxSkew()));
    }
    return verify(method, target, headers,
        new Claim(scope, split(signedHeaders), signedHeaders, signature, time, payloadHash, false));
  }

  Granted verifyQuery(HttpMethod method, SignedTarget target, HttpHeaders headers, Predicate<String> otherRegion)
      throws AuthRefusedException {
    if (!required(target, "X-Amz-Algorithm").equals(ALGORITHM)) {
      throw new AuthRefusedException(
          new QueryParametersError("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""));
    }
    CredentialScope scope = CredentialScope.parse(required(target, "X-Amz-Credential"));
    if (scope == null) {
      throw new AuthRefusedException(new QueryParametersError("Error parsing the X-Amz-Credential parameter; the "
          + "Credential is mal-formed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."));
    }
    String signature = required(target, "X-Amz-Signature");
    String signedHeaders = required(target, "X-Amz-SignedHeaders");
    RequestTime time;
    try {
      time = RequestTime.parseBasic(required(target, "X-Amz-Date"));
    } catch (AuthRefusedException e) {
      if (e.failure() instanceof QueryParametersError) {
        throw e;
      }
      throw new AuthRefusedException(
          new QueryParametersError("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""));
    }
    long lifetimeSeconds = lifetimeSeconds(required(target, "X-Amz-Expires"));
    checkScope(scope, time, true, otherRegion);
    Instant now = clock.instant();
    if (time.instant().isAfter(now.plus(config.maxSkew()))) {
      throw new AuthRefusedException(new AccessDenied("Request is not valid yet"));
    }
    Instant expires = time.instant().plusSeconds(lifetimeSeconds);
    if (lifetimeSeconds < 1 || now.isAfter(expires)) {
      throw new AuthRefusedException(new Expired(expires, now, lifetimeSeconds));
    }
    String inHeader = headers.get(PayloadHash.HEADER);
    String payloadHash = inHeader != null
        ? inHeader
        : target.findAnyCase("X-Amz-Content-Sha256").orElse(PayloadHash.UNSIGNED);
    return verify(method, target, headers,
        new Claim(scope, split(signedHeaders), signedHeaders, signature, time, payloadHash, true));
  }

  private static String required(SignedTarget target, String name) throws AuthRefusedException {
    Optional<String> value = target.find(name);
    if (value.isEmpty() || value.get().isEmpty()) {
      throw new AuthRefusedException(INCOMPLETE_QUERY);
    }
    if (target.isRepeated(name)) {
      throw new AuthRefusedException(new QueryParametersError(name + " is there several times")); // in no signed order
    }
    return value.get();
  }

  /// Zero and less are lifetimes that are over; no further back than the limit, so that the end is a date.
  private static long lifetimeSeconds(String text) throws AuthRefusedException {
    long seconds;
    try {
      seconds = Long.parseLong(text);
    } catch (NumberFormatException _) {
      throw new AuthRefusedException(new QueryParametersError("X-Amz-Expires should be a number"));
    }
    if (seconds > MAX_LIFETIME_SECONDS) {
      throw new AuthRefusedException(new QueryParametersError(
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
              + MAX_LIFETIME_SECONDS + " seconds"));
    }
    return Math.max(seconds, -MAX_LIFETIME_SECONDS);
  }

  private void checkScope(CredentialScope scope, RequestTime time, boolean presigned, Predicate<String> otherRegion)
      throws AuthRefusedException {
    if (!time.timestamp().startsWith(scope.day())) {
      throw malformed("Invalid credential date \"" + scope.day() + "\". This date is not the same as X-Amz-Date: \""
          + time.timestamp() + "\".", presigned);
    }
    if (!scope.service().equals(SERVICE)) {
      throw malformed("incorrect service \"" + scope.service() + "\". This endpoint belongs to \"s3\".", presigned);
    }
    if (!config.anyRegion() && !scope.region().equals(config.region()) && !otherRegion.test(scope.region())) {
      throw new AuthRefusedException(new WrongRegion(scope.region(), config.region(), !presigned));
    }
  }

  private static AuthRefusedException malformed(String what, boolean presigned) {
    return new AuthRefusedException(presigned
        ? new QueryParametersError("Error parsing the X-Amz-Credential parameter; " + what)
        : new HeaderMalformed("The authorization header is malformed; " + what));
  }

  private Granted verify(HttpMethod method, SignedTarget target, HttpHeaders headers, Claim claim)
      throws AuthRefusedException {
    CredentialScope credential = claim.credential();
    Optional<Secret> secret = keys.find(credential.accessKey());
    if (secret.isEmpty()) {
      throw new AuthRefusedException(new InvalidAccessKeyId(credential.accessKey()));
    }
    requireEachOnce(claim);
    requireSigned(headers, claim);
    HmacKey key = signingKeys.find(secret.get(), credential.day(), credential.region(), credential.service());
    byte[] provided = Signatures.parseHex(claim.signature());
    ByteText canonical = canonical(method, target, headers, claim, SignedTarget.Form.NORMAL, false);
    ByteText toSign = toSign(canonical, claim);
    if (!MessageDigest.isEqual(key.sign(toSign), provided)) {
      ByteText asSent = canonical(method, target, headers, claim, SignedTarget.Form.AS_SENT, false);
      ByteText inUtf8 = canonical(method, target, headers, claim, SignedTarget.Form.NORMAL, true);
      if (!MessageDigest.isEqual(key.sign(toSign(asSent, claim)), provided)
          && !MessageDigest.isEqual(key.sign(toSign(inUtf8, claim)), provided)
          && !MessageDigest.isEqual(key.sign(toSign(withoutTabs(canonical), claim)), provided)) {
        throw new AuthRefusedException(new SignatureDoesNotMatch(credential.accessKey(), claim.signature(),
            toSign.toString(), canonical.toString()));
      }
    }
    signingKeys.keep(secret.get(), credential.day(), credential.region(), credential.service(), key);
    return new Granted(credential.accessKey(), PayloadHash.check(claim.payloadHash(),
        new ChunkSeed(key, claim.time().timestamp(), credential.scope(), claim.signature())));
  }

  /// The text to sign has the value of a header for each time that it is named, so what names one twice could make any
  /// length of it.
  private static void requireEachOnce(Claim claim) throws AuthRefusedException {
    Set<String> names = HashSet.newHashSet(claim.signedHeaders().size());
    for (String name : claim.signedHeaders()) {
      if (!names.add(name.toLowerCase(Locale.ROOT))) {
        throw malformed("the signed headers name " + name + " twice.", claim.presigned());
      }
    }
  }

  /// The host and every header of S3's or Hayloft's have to be signed, or whoever stands in between could add one.
  private static void requireSigned(HttpHeaders headers, Claim claim) throws AuthRefusedException {
    StringBuilder missing = new StringBuilder();
    if (!isSigned("host", claim.signedHeaders())) {
      missing.append("host");
    }
    Iterator<Map.Entry<CharSequence, CharSequence>> all = headers.iteratorCharSequence();
    while (all.hasNext()) {
      CharSequence name = all.next().getKey();
      if (Signatures.mustBeSigned(name) && !isSigned(name, claim.signedHeaders())
          && !isHarmless(name, claim)) {
        missing.append(missing.isEmpty() ? "" : ", ").append(name);
      }
    }
    if (!missing.isEmpty()) {
      throw new AuthRefusedException(new HeadersNotSigned(missing.toString()));
    }
  }

  /// A presigned request says `UNSIGNED-PAYLOAD` by default, so saying it once more changes nothing.
  private static boolean isHarmless(CharSequence name, Claim claim) {
    return claim.presigned() && claim.payloadHash().equals(PayloadHash.UNSIGNED)
        && AsciiString.contentEqualsIgnoreCase(name, PayloadHash.HEADER);
  }

  private static boolean isSigned(CharSequence name, List<String> signedHeaders) {
    for (String signed : signedHeaders) {
      if (signed.length() == name.length() && AsciiString.contentEqualsIgnoreCase(signed, name)) {
        return true;
      }
    }
    return false;
  }

  /// @param inUtf8 whether header values were signed in UTF-8 and sent in ISO-8859-1, as botocore does with what is not
  ///   ASCII
  private static ByteText canonical(HttpMethod method, SignedTarget target, HttpHeaders headers, Claim claim,
      SignedTarget.Form form, boolean inUtf8) {
    ByteText out = new ByteText(1024);
    out.put(method.name()).put('\n');
    target.putPath(out, form);
    out.put('\n');
    target.putQuery(out, form, claim.presigned() ? "X-Amz-Signature" : "");
    out.put('\n');
    for (String name : claim.signedHeaders()) {
      out.put(name).put(':');
      putValues(headers, name, inUtf8, out);
      out.put('\n');
    }
    return out.put('\n').put(claim.signedHeadersText()).put('\n').put(claim.payloadHash());
  }

  /// All values of a header, in the order in which they were sent.
  private static void putValues(HttpHeaders headers, String name, boolean inUtf8, ByteText out) {
    // the newest first, and without a list where there is one
    Iterator<String> values = headers.valueStringIterator(name);
    String last = values.hasNext() ? values.next() : "";
    if (!values.hasNext()) {
      putCollapsed(inUtf8 ? latin(last) : last, out);
      return;
    }
    String separator = "";
    for (String value : headers.getAll(name)) {
      out.put(separator);
      putCollapsed(inUtf8 ? latin(value) : value, out);
      separator = ",";
    }
  }

  /// With one blank for tabs and blanks in a row, as botocore and the JavaScript SDK sign values of headers.
  private static ByteText withoutTabs(ByteText canonical) {
    ByteText out = new ByteText(1024);
    String text = canonical.toString();
    if (text.indexOf('\t') < 0) {
      return canonical;
    }
    return out.put(text.replaceAll("[ \t]+", " "));
  }

  private static String latin(String signedInUtf8) {
    return new String(signedInUtf8.getBytes(UTF_8), ISO_8859_1);
  }

  /// Without blanks around, and with one blank for several in a row.
  private static void putCollapsed(String value, ByteText out) {
    String text = value.strip();
    if (text.indexOf("  ") < 0) {
      out.put(text);
      return;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != ' ' || text.charAt(i - 1) != ' ') {
        out.put(text.charAt(i));
      }
    }
  }

  private static ByteText toSign(ByteText canonical, Claim claim) {
    return new ByteText(192).put(ALGORITHM).put('\n').put(claim.time().timestamp()).put('\n')
        .put(claim.credential().scope()).put('\n').putHex(HmacKey.sha256Of(canonical));
  }

  private static List<String> split(String signedHeaders) {
    List<String> names = new ArrayList<>(8);
    int from = 0;
    while (from <= signedHeaders.length()) {
      int end = signedHeaders.indexOf(';', from);
      if (end < 0) {
        end = signedHeaders.length();
      }
      names.add(signedHeaders.substring(from, end));
      from = end + 1;
    }
    return names;
  }
}
