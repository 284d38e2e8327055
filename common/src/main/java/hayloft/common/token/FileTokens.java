package hayloft.common.token;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs and checks JSON Web Tokens with HMAC-SHA256 and two claims: `exp`, seconds since 1970, and `fid`, the file id
/// as text. A token without `fid` is for all of them, and for getting new ones. Immutable; thread-safe. [RFC
/// 7519](https://www.rfc-editor.org/rfc/rfc7519), [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)
///
/// Any other algorithm is refused, `none` above all, whatever the token says of itself; and so is what it says must be
/// understood (`crit`), since nothing of it is here.
public final class FileTokens {

  /// Two readers of a token must not find different things in it: no name is there twice, and nothing behind the end.
  private static final ObjectMapper MAPPER = JsonMapper.builder()
      .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
      .build();
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;
  private final InstantSource clock;

  /// @throws IllegalArgumentException if the secret is empty
  public FileTokens(String secret, InstantSource clock) {
    this.key = new SecretKeySpec(secret.getBytes(UTF_8), ALGORITHM);
    this.clock = clock;
  }

  /// @param fileId as text, such as `3,01637037d6`
  public String sign(String fileId, Duration validFor) {
    return sign(claims(validFor).put("fid", fileId));
  }

  /// For everything.
  public String signForAll(Duration validFor) {
    return sign(claims(validFor));
  }

  private ObjectNode claims(Duration validFor) {
    return MAPPER.createObjectNode().put("exp", clock.instant().plus(validFor).getEpochSecond());
  }

  private String sign(ObjectNode claims) {
    ObjectNode header = MAPPER.createObjectNode().put("alg", "HS256").put("typ", "JWT");
    String signed = encode(header) + "." + encode(claims);
    return signed + "." + ENCODER.encodeToString(mac(signed));
  }

  /// Whether the token is genuine, has not run out, and is for this file id.
  public boolean allows(String token, String fileId) {
    return genuine(token).filter(claims -> claims.path("fid").isTextual() && claims.path("fid").asText().equals(fileId))
        .isPresent();
  }

  /// Whether the token is genuine, has not run out, and is for everything.
  public boolean allowsAll(String token) {
    return genuine(token).filter(claims -> !claims.has("fid")).isPresent();
  }

  /// The claims; empty if it is no token, somebody else's, or has run out.
  private Optional<JsonNode> genuine(String token) {
    int signatureAt = token.lastIndexOf('.');
    int claimsAt = token.indexOf('.') + 1;
    if (claimsAt <= 0 || signatureAt < claimsAt) {
      return Optional.empty();
    }
    try {
      // as text, since a decoder takes other spellings too
      String right = ENCODER.encodeToString(mac(token.substring(0, signatureAt)));
      if (!MessageDigest.isEqual(token.substring(signatureAt + 1).getBytes(UTF_8), right.getBytes(UTF_8))
          || !isUnderstood(decode(token.substring(0, claimsAt - 1)))) {
        return Optional.empty();
      }
      JsonNode claims = decode(token.substring(claimsAt, signatureAt));
      return claims.isObject() && isSeconds(claims.path("exp"))
          && claims.path("exp").asLong(0) > clock.instant().getEpochSecond()
              ? Optional.of(claims)
              : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty(); // not base64, or not JSON: no token
    }
  }

  /// A number too large to be a time is a mistake, and no token is for ever by mistake.
  private static boolean isSeconds(JsonNode exp) {
    return exp.isIntegralNumber() ? exp.canConvertToLong() : exp.isNumber() && Math.abs(exp.asDouble()) < 0x1p63;
  }

  private static boolean isUnderstood(JsonNode header) {
    return header.isObject() && header.path("alg").isTextual() && header.path("alg").asText().equals("HS256")
        && !header.has("crit");
  }

  private static String encode(ObjectNode json) {
    try {
      return ENCODER.encodeToString(MAPPER.writeValueAsBytes(json));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree that cannot be written", e);
    }
  }

  private static JsonNode decode(String part) throws IOException {
    return MAPPER.readTree(Base64.getUrlDecoder().decode(part));
  }

  private byte[] mac(String signed) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac.doFinal(signed.getBytes(UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has " + ALGORITHM, e);
    }
  }
}
