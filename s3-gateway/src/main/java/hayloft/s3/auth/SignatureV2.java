package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.s3.auth.AuthFailure.AccessDenied;
import hayloft.s3.auth.AuthFailure.Expired;
import hayloft.s3.auth.AuthFailure.HeadersNotSigned;
import hayloft.s3.auth.AuthFailure.InvalidAccessKeyId;
import hayloft.s3.auth.AuthFailure.InvalidArgument;
import hayloft.s3.auth.AuthFailure.QueryParametersError;
import hayloft.s3.auth.AuthFailure.RequestTimeTooSkewed;
import hayloft.s3.auth.AuthFailure.SignatureDoesNotMatch;
import hayloft.s3.auth.AuthResult.Granted;
import hayloft.s3.routing.S3Operation;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// AWS Signature Version 2 for S3, with HMAC-SHA1: deprecated, and what boto3, s3cmd and AWS CLI 1 still presign with
/// by default. It covers neither the body nor most of the query, so it has to be asked for. Thread-safe.
///
/// [Signing and authenticating REST requests](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html)
final class SignatureV2 {

  static final String SCHEME = "AWS ";

  /// The query's parameters that are signed: all that turn a request into another one.
  private static final Set<String> SUB_RESOURCES = S3Operation.subResources();

  private final AccessKeys keys;
  private final AuthConfig config;
  private final InstantSource clock;

  SignatureV2(AccessKeys keys, AuthConfig config, InstantSource clock) {
    this.keys = keys;
    this.config = config;
    this.clock = clock;
  }

  Granted verifyHeader(HttpMethod method, SignedTarget target, HttpHeaders headers, Optional<String> hostBucket,
      String authorization) throws AuthRefusedException {
    int colon = authorization.lastIndexOf(':');
    if (colon <= SCHEME.length()) {
      throw new AuthRefusedException(
          new InvalidArgument("AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
              "Authorization", authorization));
    }
    String amzDate = headers.get("x-amz-date");
    String date = headers.get("date", "");
    RequestTime time = RequestTime.parse(amzDate != null ? amzDate : date);
    Instant now = clock.instant();
    if (Duration.between(time.instant(), now).abs().compareTo(config.maxSkew()) > 0) {
      throw new AuthRefusedException(new RequestTimeTooSkewed(time.instant(), now, config.maxSkew()));
    }
    String signedDate = amzDate != null ? "" : date;
    return verify(authorization.substring(SCHEME.length(), colon).strip(),
        authorization.substring(colon + 1).strip(), headers,
        paths(target).map(path -> toSign(method, target, path, headers, hostBucket, signedDate, false)).toList());
  }

  Granted verifyQuery(HttpMethod method, SignedTarget target, HttpHeaders headers, Optional<String> hostBucket)
      throws AuthRefusedException {
    for (String name : List.of("AWSAccessKeyId", "Signature", "Expires")) {
      if (target.isRepeated(name)) {
        throw new AuthRefusedException(new QueryParametersError(name + " is there several times"));
      }
    }
    Optional<String> accessKey = target.find("AWSAccessKeyId");
    Optional<String> signature = target.find("Signature");
    Optional<String> expires = target.find("Expires");
    if (accessKey.isEmpty() || signature.isEmpty() || expires.isEmpty()) {
      throw new AuthRefusedException(new AccessDenied(
          "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters"));
    }
    Instant end;
    try {
      end = Instant.ofEpochSecond(Long.parseLong(expires.get()));
    } catch (NumberFormatException | DateTimeException _) {
      throw new AuthRefusedException(
          new AccessDenied("Invalid date (should be seconds since epoch): " + expires.get()));
    }
    Instant now = clock.instant();
    if (now.isAfter(end)) {
      throw new AuthRefusedException(new Expired(end, now, 0));
    }
    return verify(accessKey.get(), signature.get().replace(' ', '+'), headers,
        paths(target).map(path -> toSign(method, target, path, headers, hostBucket, expires.get(), true)).toList());
  }

  /// As it was sent, and a bucket with a slash behind it, which botocore signs and does not send.
  private static Stream<String> paths(SignedTarget target) {
    String path = target.path();
    return path.length() > 1 && path.indexOf('/', 1) < 0 ? Stream.of(path, path + "/") : Stream.of(path);
  }

  /// @param possible texts, one of which must have been signed
  private Granted verify(String accessKey, String signature, HttpHeaders headers, List<ByteText> possible)
      throws AuthRefusedException {
    for (String name : headers.names()) {
      if (Signatures.isHayloftOwn(name)) {
        throw new AuthRefusedException(new HeadersNotSigned(name));
      }
    }
    Optional<Secret> secret = keys.find(accessKey);
    if (secret.isEmpty()) {
      throw new AuthRefusedException(new InvalidAccessKeyId(accessKey));
    }
    HmacKey key = HmacKey.sha1(secret.get().value().getBytes(UTF_8));
    byte[] provided = Signatures.parseBase64(signature);
    if (possible.stream().noneMatch(text -> MessageDigest.isEqual(key.sign(text), provided))) {
      throw new AuthRefusedException(
          new SignatureDoesNotMatch(accessKey, signature, possible.getFirst().toString(), ""));
    }
    return new Granted(accessKey, PayloadHash.checkWithoutSeed(headers));
  }

  private static ByteText toSign(HttpMethod method, SignedTarget target, String path, HttpHeaders headers,
      Optional<String> hostBucket, String date, boolean presigned) {
    ByteText out = new ByteText(512);
    out.put(method.name()).put('\n');
    out.put(headerOrParameter("content-md5", target, headers, presigned)).put('\n');
    out.put(headerOrParameter("content-type", target, headers, presigned)).put('\n');
    out.put(date).put('\n');
    putAmzHeaders(target, headers, presigned, out);
    hostBucket.ifPresent(bucket -> out.put('/').put(bucket));
    out.put(path);
    putSubResources(target, out);
    return out;
  }

  /// SDKs presign headers by moving them to the query, boto in lower case, JavaScript's as they are spelt in heads.
  private static String headerOrParameter(String name, SignedTarget target, HttpHeaders headers, boolean presigned) {
    String value = headers.get(name);
    return value != null ? value.strip() : presigned ? target.findAnyCase(name).orElse("") : "";
  }

  private static void putAmzHeaders(SignedTarget target, HttpHeaders headers, boolean presigned, ByteText out) {
    TreeMap<String, String> amz = new TreeMap<>();
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith("x-amz-")) {
        amz.merge(name, header.getValue().strip(), (first, next) -> first + "," + next);
      }
    }
    if (presigned) {
      for (SignedTarget.Parameter parameter : target.parameters()) {
        String name = parameter.plainName().toLowerCase(Locale.ROOT);
        if (name.startsWith("x-amz-")) {
          amz.putIfAbsent(name, parameter.plainValue());
        }
      }
    }
    amz.forEach((name, value) -> out.put(name).put(':').put(value).put('\n'));
  }

  private static void putSubResources(SignedTarget target, ByteText out) {
    List<SignedTarget.Parameter> signed = new ArrayList<>();
    for (SignedTarget.Parameter parameter : target.parameters()) {
      if (SUB_RESOURCES.contains(parameter.plainName())) {
        signed.add(parameter);
      }
    }
    signed.sort(Comparator.comparing(SignedTarget.Parameter::plainName));
    char separator = '?';
    for (SignedTarget.Parameter parameter : signed) {
      out.put(separator).put(parameter.plainName());
      if (!parameter.value().isEmpty()) {
        out.put('=').put(new String(parameter.plainValue().getBytes(UTF_8), ISO_8859_1));
      }
      separator = '&';
    }
  }
}
