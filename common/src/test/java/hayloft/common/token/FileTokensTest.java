package hayloft.common.token;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class FileTokensTest {

  private static final String FILE = "3,01637037d6";

  private Instant now = Instant.EPOCH;
  private final FileTokens tokens = new FileTokens("secret", () -> now);

  @Test
  void aTokenAllowsItsFileUntilItRunsOut() {
    String token = tokens.sign(FILE, Duration.ofSeconds(10));
    assertTrue(tokens.allows(token, FILE));
    assertFalse(tokens.allows(token, "4,01637037d6"));
    now = now.plusSeconds(10);
    assertFalse(tokens.allows(token, FILE));
  }

  /// Made with another implementation: `HS256`, secret `secret`, `{"exp":4102444800,"fid":"3,01637037d6"}`.
  @Test
  void aTokenOfAnotherImplementationIsUnderstood() {
    assertTrue(
        tokens.allows("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJleHAiOjQxMDI0NDQ4MDAsImZpZCI6IjMsMDE2MzcwMzdkNiJ9."
            + "ii1P5MwpNxL3QKL5YZI2WsrO85lxhsId5etSXNl8Ewo", FILE));
  }

  @Test
  void forgeriesAreRefused() {
    String token = tokens.sign(FILE, Duration.ofHours(1));
    assertFalse(new FileTokens("other", InstantSource.fixed(now)).allows(token, FILE));
    String claims = token.substring(token.indexOf('.') + 1, token.lastIndexOf('.'));
    String none = Base64.getUrlEncoder().withoutPadding().encodeToString("{\"alg\":\"none\"}".getBytes(UTF_8));
    assertFalse(tokens.allows(none + "." + claims + ".", FILE));
    assertFalse(tokens.allows(token.substring(0, token.lastIndexOf('.') + 1), FILE));
    assertFalse(tokens.allows("", FILE));
    assertFalse(tokens.allows("..", FILE));
    assertFalse(tokens.allows("!.!.!", FILE));
  }

  private static String signed(String header, String claims) throws GeneralSecurityException {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    String text = encoder.encodeToString(header.getBytes(UTF_8)) + "." + encoder.encodeToString(claims.getBytes(UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec("secret".getBytes(UTF_8), "HmacSHA256"));
    return text + "." + encoder.encodeToString(mac.doFinal(text.getBytes(UTF_8)));
  }

  private static final String HEADER = "{\"alg\":\"HS256\"}";
  private static final String CLAIMS = "{\"exp\":4102444800,\"fid\":\"3,01637037d6\"}";

  @Test
  void whatMustBeUnderstoodAndIsNotIsRefused() throws GeneralSecurityException {
    assertTrue(tokens.allows(signed(HEADER, CLAIMS), FILE));
    assertTrue(tokens.allows(signed("{\"typ\":\"x\",\"alg\":\"HS256\",\"kid\":\"1\"}", CLAIMS), FILE));
    for (String header : List.of("{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
        "{\"alg\":\"HS256\",\"crit\":[]}", "{\"alg\":\"HS256\",\"crit\":null}", "{\"alg\":\"HS512\"}",
        "{\"alg\":\"hs256\"}", "{\"alg\":[\"HS256\"]}", "{}", "[]", "\"HS256\"", HEADER + "x", HEADER + HEADER,
        "{\"alg\":\"none\",\"alg\":\"HS256\"}")) {
      assertFalse(tokens.allows(signed(header, CLAIMS), FILE), header);
    }
  }

  @Test
  void claimsThatCanBeReadInTwoWaysAreRefused() throws GeneralSecurityException {
    for (String claims : List.of(CLAIMS + "x", CLAIMS + CLAIMS, CLAIMS + "}", CLAIMS + " null", "[" + CLAIMS + "]",
        "{\"exp\":4102444800,\"fid\":\"4,01637037d6\",\"fid\":\"3,01637037d6\"}",
        "{\"exp\":\"4102444800\",\"fid\":\"3,01637037d6\"}", "{\"exp\":true,\"fid\":\"3,01637037d6\"}")) {
      assertFalse(tokens.allows(signed(HEADER, claims), FILE), claims);
      assertFalse(tokens.allowsAll(signed(HEADER, claims)), claims);
    }
    assertTrue(tokens.allows(signed(HEADER, CLAIMS + " \n"), FILE));
  }

  @Test
  void aTimeIsANumberThatCanBeOne() throws GeneralSecurityException {
    for (String exp : List.of("1e400", "1E999999999", "1e19", "9".repeat(400), "9223372036854775808",
        "18446744073709551616", "-1", "0", "-1e400", "1e-400", "NaN", "Infinity", "null", "[4102444800]")) {
      assertFalse(tokens.allowsAll(signed(HEADER, "{\"exp\":" + exp + "}")), exp);
    }
    for (String exp : List.of("1", "1.5", "1e11", "4102444800", "9223372036854775807")) {
      assertTrue(tokens.allowsAll(signed(HEADER, "{\"exp\":" + exp + "}")), exp);
    }
  }

  @Test
  void aSignatureHasOneSpelling() {
    String digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    String token = tokens.signForAll(Duration.ofSeconds(10));
    int last = digits.indexOf(token.charAt(token.length() - 1));
    assertTrue(tokens.allowsAll(token));
    for (int bits = 1; bits < 4; bits++) { // 43 digits have two bits more than 32 bytes
      assertFalse(tokens.allowsAll(token.substring(0, token.length() - 1) + digits.charAt(last ^ bits)), token);
    }
    assertFalse(tokens.allowsAll(token + "="));
    assertFalse(tokens.allowsAll(token + "=="));
    assertFalse(tokens.allowsAll(token + "A"));
  }

  @Test
  void aTokenForAllIsForAllUntilItRunsOut() {
    String all = tokens.signForAll(Duration.ofSeconds(10));
    assertTrue(tokens.allowsAll(all));
    assertFalse(tokens.allows(all, FILE), "it is asked about by itself");
    assertFalse(tokens.allows(all, ""));
    assertFalse(tokens.allowsAll(tokens.sign(FILE, Duration.ofSeconds(10))));
    assertFalse(tokens.allowsAll(""));
    assertFalse(tokens.allowsAll(all + "x"));
    now = now.plusSeconds(10);
    assertFalse(tokens.allowsAll(all));
  }
}
