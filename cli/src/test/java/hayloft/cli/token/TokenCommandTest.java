package hayloft.cli.token;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.common.token.FileTokens;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TokenCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Map<String, String> environment, String... arguments) {
    out.getBuffer().setLength(0);
    return Hayloft.commandLine(environment, Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  @Test
  void aTokenIsForWhatWasAskedForAndAsLong() {
    Map<String, String> environment = Map.of("HAYLOFT_VOLUME_SECRET", "a secret of tokens");
    var now = new FileTokens("a secret of tokens", InstantSource.system());
    var later = new FileTokens("a secret of tokens",
        InstantSource.offset(InstantSource.system(), Duration.ofMinutes(61)));
    assertEquals(0, run(environment, "token"), err.toString());
    assertTrue(now.allowsAll(out.toString().strip()));
    assertFalse(later.allowsAll(out.toString().strip()));
    assertEquals(0, run(environment, "token", "--valid-for", "2h", "--file-id", "3,01637037d6"), err.toString());
    assertTrue(later.allows(out.toString().strip(), "3,01637037d6"));
    assertFalse(later.allowsAll(out.toString().strip()));
    assertEquals(2, run(environment, "token", "--file-id", "3"));
    assertEquals(2, run(environment, "token", "--valid-for", "long"));
  }

  @Test
  void noTokenIsMadeThatIsOverAlready() {
    for (String time : List.of("0s", "0", "0d", "-5m", "-1")) {
      err.getBuffer().setLength(0);
      assertEquals(2, run(Map.of("HAYLOFT_VOLUME_SECRET", "a secret of tokens"), "token", "--valid-for=" + time));
      assertEquals("hayloft: --valid-for must be a time of 1s or more, such as 15m, 12h or 30d, got " + time,
          err.toString().lines().findFirst().orElse(""));
      assertEquals("", out.toString());
    }
  }

  @Test
  void whatIsNoFileIdIsToldWithWhatIs() {
    for (String wrong : List.of("zz", "3", "3,zz37037d6", "0,01637037d6", "3,00637037d6")) {
      err.getBuffer().setLength(0);
      assertEquals(2, run(Map.of("HAYLOFT_VOLUME_SECRET", "a secret of tokens"), "token", "--file-id", wrong));
      assertEquals("hayloft: --file-id must be a file id such as 3,01637037d6, as /dir/assign gives it, got " + wrong,
          err.toString().lines().findFirst().orElse(""));
    }
  }

  @Test
  void aSecretThatKeepsNobodyOutIsToldApartFromTheToken() {
    assertEquals(0, run(Map.of("HAYLOFT_VOLUME_SECRET", "a secret of tokens"), "token"));
    assertEquals("", err.toString());
    for (String weak : List.of("short", "aaaaaaaaaaaa", "changeme123")) {
      err.getBuffer().setLength(0);
      assertEquals(0, run(Map.of("HAYLOFT_VOLUME_SECRET", weak), "token"));
      assertTrue(err.toString().startsWith("hayloft: warning: HAYLOFT_VOLUME_SECRET "), err.toString());
      assertFalse(err.toString().contains(weak), err.toString());
      assertTrue(new FileTokens(weak, InstantSource.system()).allowsAll(out.toString().strip()), out.toString());
    }
  }

  @Test
  void withoutTheSecretThereIsNone() {
    assertEquals(1, run(Map.of(), "token"));
    assertTrue(err.toString().contains("HAYLOFT_VOLUME_SECRET is not set"), err.toString());
    assertEquals("", out.toString());
  }
}
