package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class FormSignatureTest {

  private static final String POLICY = "eyJleHBpcmF0aW9uIjoiMjAzMC0wMS0wMVQwMDowMDowMFoifQ==";
  private static final String SCOPE = "20151229/us-east-1/s3/aws4_request";

  private final AccessKeys keys = key -> key.equals("AK") ? Optional.of(new Secret("SK")) : Optional.empty();
  private final Authenticator authenticator = new Authenticator(keys,
      new AuthConfig("us-east-1", true, true, Duration.ofMinutes(15)), InstantSource.system());

  private static byte[] hmac(String algorithm, byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance(algorithm);
    mac.init(new SecretKeySpec(key, algorithm));
    return mac.doFinal(text.getBytes(UTF_8));
  }

  private static Map<String, String> version4() throws GeneralSecurityException {
    byte[] key = "AWS4SK".getBytes(UTF_8);
    for (String part : SCOPE.split("/", -1)) {
      key = hmac("HmacSHA256", key, part);
    }
    return new HashMap<>(Map.of("policy", POLICY, "x-amz-algorithm", "AWS4-HMAC-SHA256", "x-amz-credential",
        "AK/" + SCOPE, "x-amz-date", "20151229T000000Z", "x-amz-signature",
        HexFormat.of().formatHex(hmac("HmacSHA256", key, POLICY))));
  }

  private static Map<String, String> version2() throws GeneralSecurityException {
    return new HashMap<>(Map.of("policy", POLICY, "awsaccesskeyid", "AK", "signature",
        Base64.getEncoder().encodeToString(hmac("HmacSHA1", "SK".getBytes(UTF_8), POLICY))));
  }

  private String codeOf(Map<String, String> fields) {
    return assertInstanceOf(AuthResult.Refused.class, authenticator.authenticateForm(fields, _ -> false)).failure()
        .code();
  }

  @Test
  void bothVersionsAreVerified() throws GeneralSecurityException {
    for (Map<String, String> fields : java.util.List.of(version4(), version2())) {
      assertEquals("AK",
          assertInstanceOf(AuthResult.Granted.class, authenticator.authenticateForm(fields, _ -> false)).accessKey());
      fields.put("policy", POLICY.replace("A", "B"));
      assertEquals("SignatureDoesNotMatch", codeOf(fields));
      fields.remove("policy");
      assertEquals("InvalidArgument", codeOf(fields));
    }
  }

  @Test
  void aTokenOfTemporaryCredentialsBelongsToNoSecretHere() throws GeneralSecurityException {
    for (Map<String, String> fields : java.util.List.of(version4(), version2())) {
      fields.put("x-amz-security-token", "");
      assertInstanceOf(AuthResult.Granted.class, authenticator.authenticateForm(fields, _ -> false));
      fields.put("x-amz-security-token", "IQoJb3JpZ2luX2VjE");
      assertEquals("InvalidToken", codeOf(fields));
    }
  }

  @Test
  void fieldsHaveToBeThereAndFit() throws GeneralSecurityException {
    for (String missing : java.util.List.of("x-amz-algorithm", "x-amz-date", "x-amz-signature", "x-amz-credential")) {
      Map<String, String> fields = version4();
      fields.remove(missing);
      assertEquals("InvalidArgument", codeOf(fields), missing);
    }
    Map<String, String> fields = version4();
    fields.put("x-amz-credential", "XX/" + SCOPE);
    assertEquals("InvalidAccessKeyId", codeOf(fields));
    fields.put("x-amz-credential", "AK/20151228/us-east-1/s3/aws4_request");
    assertEquals("InvalidArgument", codeOf(fields));
    fields.put("x-amz-credential", "AK/20151229/us-east-1/iam/aws4_request");
    assertEquals("InvalidArgument", codeOf(fields));
  }

  @Test
  void aForeignRegionIsRefused() throws GeneralSecurityException {
    Authenticator elsewhere = new Authenticator(keys,
        new AuthConfig("eu-west-7", false, true, Duration.ofMinutes(15)), InstantSource.system());
    AuthFailure failure = assertInstanceOf(AuthResult.Refused.class,
        elsewhere.authenticateForm(version4(), _ -> false)).failure();
    assertEquals("AuthorizationQueryParametersError", failure.code());
    assertEquals("eu-west-7", failure.details().get("Region"));
    assertInstanceOf(AuthResult.Granted.class, elsewhere.authenticateForm(version4(), "us-east-1"::equals));
  }

  @Test
  void versionTwoIsRefusedUnlessAskedFor() throws GeneralSecurityException {
    Authenticator strict = new Authenticator(keys, AuthConfig.DEFAULTS, InstantSource.system());
    AuthFailure failure = assertInstanceOf(AuthResult.Refused.class,
        strict.authenticateForm(version2(), _ -> false)).failure();
    assertEquals("InvalidRequest", failure.code());
    assertTrue(failure.message().contains("--signature-v2"), failure.message());
    assertInstanceOf(AuthResult.Granted.class, strict.authenticateForm(version4(), _ -> false));
    Map<String, String> unsigned = version2();
    unsigned.remove("signature");
    unsigned.remove("awsaccesskeyid");
    assertEquals("InvalidArgument",
        assertInstanceOf(AuthResult.Refused.class, strict.authenticateForm(unsigned, _ -> false)).failure().code());
  }
}
