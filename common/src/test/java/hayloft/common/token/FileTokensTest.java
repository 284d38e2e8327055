package hayloft.common.token;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
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
