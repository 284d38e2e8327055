package hayloft.common.token;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs and checks JSON Web Tokens with HMAC-SHA256 and two claims: `fid`, the file id as text, and `exp`, seconds since 1970.
/// Immutable; thread-safe. [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519), [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515)
///
/// Any other algorithm is refused, `none` above all, whatever the token says of itself.
public final class FileTokens {

  private static final ObjectMapper MAPPER = new ObjectMapper();
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
    ObjectNode header = MAPPER.createObjectNode().put("alg", "HS256").put("typ", "JWT");
    ObjectNode claims = MAPPER.createObjectNode().put("exp", clock.instant().plus(validFor).getEpochSecond()).put("fid",
        fileId);
    String signed = encode(header) + "." + encode(claims);
    return signed + "." + ENCODER.encodeToString(mac(signed));
  }

  /// Whether the token is genuine, has not run out, and is for this file id.
  public boolean allows(String token, String fileId) {
    int signatureAt = token.lastIndexOf('.');
    int claimsAt = token.indexOf('.') + 1;
    if (claimsAt <= 0 || signatureAt < claimsAt) {
      return false;
    }
    try {
      byte[] signature = Base64.getUrlDecoder().decode(token.substring(signatureAt + 1));
      if (!MessageDigest.isEqual(signature, mac(token.substring(0, signatureAt)))
          || !decode(token.substring(0, claimsAt - 1)).path("alg").asText().equals("HS256")) {
        return false;
      }
      JsonNode claims = decode(token.substring(claimsAt, signatureAt));
      return claims.path("exp").asLong(0) > clock.instant().getEpochSecond()
          && claims.path("fid").asText().equals(fileId);
    } catch (IOException | IllegalArgumentException e) {
      return false; // not base64, or not JSON: no token
    }
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
