package hayloft.s3.auth;

import hayloft.s3.auth.AuthFailure.AccessDenied;
import hayloft.s3.auth.AuthFailure.InvalidArgument;
import hayloft.s3.auth.AuthFailure.InvalidRequest;
import hayloft.s3.auth.AuthFailure.InvalidToken;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds out who signed a request, from its head alone; never waits. Thread-safe.
/// [Authenticating requests](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html)
///
/// All secrets are permanent: a token of temporary credentials belongs to none of them, and whoever sends one means
/// another store.
public final class Authenticator {

  private static final String TOKEN = "x-amz-security-token";

  private final AuthConfig config;
  private final SignatureV4 v4;
  private final SignatureV2 v2;
  private final FormSignature forms;

  public Authenticator(AccessKeys keys, AuthConfig config, InstantSource clock) {
    this.config = config;
    this.v4 = new SignatureV4(keys, config, clock);
    this.v2 = new SignatureV2(keys, config, clock);
    this.forms = new FormSignature(keys, config);
  }

  /// For requests that may be signed for the store's region alone.
  public AuthResult authenticate(HttpMethod method, String target, HttpHeaders headers, Optional<String> hostBucket) {
    return authenticate(method, target, headers, hostBucket, _ -> false);
  }

  /// @param target as it was sent, path and query still encoded
  /// @param hostBucket the bucket that the host names, if the request is virtual-host style: version 2 signs it
  /// @param otherRegion a region besides the store's that the request may be signed for
  public AuthResult authenticate(HttpMethod method, String target, HttpHeaders headers, Optional<String> hostBucket,
      Predicate<String> otherRegion) {
    try {
      SignedTarget signed = SignedTarget.parse(target);
      AuthResult result = verify(method, signed, headers, hostBucket, otherRegion);
      if (result instanceof AuthResult.Granted
          && (headers.contains(TOKEN) && headers.getAll(TOKEN).stream().anyMatch(Authenticator::isToken)
              || signed.hasAnyCase(TOKEN, Authenticator::isToken))) {
        throw new AuthRefusedException(new InvalidToken());
      }
      return result;
    } catch (AuthRefusedException e) {
      return new AuthResult.Refused(e.failure());
    }
  }

  /// An empty one comes from an empty variable.
  private static boolean isToken(@Nullable String text) {
    return text != null && !text.isBlank();
  }

  private AuthResult verify(HttpMethod method, SignedTarget signed, HttpHeaders headers,
      Optional<String> hostBucket, Predicate<String> otherRegion) throws AuthRefusedException {
    String authorization = headers.get("authorization");
    boolean queryV4 = signed.has("X-Amz-Algorithm") || signed.has("X-Amz-Signature");
    boolean queryV2 = signed.has("AWSAccessKeyId") || signed.has("Signature");
    if (headers.getAll("authorization").size() > 1) {
      throw new AuthRefusedException(new InvalidArgument("Only one Authorization header is allowed",
          "Authorization", String.valueOf(authorization)));
    }
    if (authorization == null) {
      if (queryV4) {
        return v4.verifyQuery(method, signed, headers, otherRegion);
      }
      if (queryV2) {
        requireV2Allowed();
        return v2.verifyQuery(method, signed, headers, hostBucket);
      }
      return new AuthResult.Anonymous(PayloadHash.checkWithoutSeed(headers));
    }
    if (queryV4 || queryV2) {
      throw new AuthRefusedException(new InvalidArgument(
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string "
              + "parameter or the Authorization header should be specified",
          "Authorization", authorization));
    }
    if (authorization.startsWith(SignatureV4.ALGORITHM)) {
      return v4.verifyHeader(method, signed, headers, authorization, otherRegion);
    }
    if (authorization.startsWith(SignatureV2.SCHEME)) {
      requireV2Allowed();
      return v2.verifyHeader(method, signed, headers, hostBucket, authorization);
    }
    throw new AuthRefusedException(authorization.isBlank()
        ? new AccessDenied("Access Denied")
        : new InvalidArgument("Unsupported Authorization Type", "Authorization", authorization));
  }

  /// Finds out who signed a browser's form.
  ///
  /// @param fields of the form before its file, by lower-case name
  /// @param otherRegion a region besides the store's that the form may be signed for
  public AuthResult authenticateForm(Map<String, String> fields, Predicate<String> otherRegion) {
    try {
      AuthResult result = verifyForm(fields, otherRegion);
      if (isToken(fields.get(TOKEN))) {
        throw new AuthRefusedException(new InvalidToken());
      }
      return result;
    } catch (AuthRefusedException e) {
      return new AuthResult.Refused(e.failure());
    }
  }

  private AuthResult verifyForm(Map<String, String> fields, Predicate<String> otherRegion)
      throws AuthRefusedException {
    if (FormSignature.isVersion4(fields) || !FormSignature.isVersion2(fields) && !config.allowSigV2()) {
      return forms.verifyVersion4(fields, otherRegion);
    }
    requireV2Allowed();
    return forms.verifyVersion2(fields);
  }

  private void requireV2Allowed() throws AuthRefusedException {
    if (!config.allowSigV2()) {
      throw new AuthRefusedException(new InvalidRequest(
          "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
              + " This server takes Signature Version 2 for S3 only where its setting --signature-v2 is on."));
    }
  }
}
