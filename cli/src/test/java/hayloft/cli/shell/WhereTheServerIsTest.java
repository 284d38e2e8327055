package hayloft.cli.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where a shell looks for its server and its keys, without a server.
final class WhereTheServerIsTest {

  private static final Map<String, String> KEYS = Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "secret");

  @TempDir
  Path temp;

  private record Said(int code, String err) {}

  /// `hayloft shell -c volume.list`, which says where it has looked.
  private Said shell(Map<String, String> environment, String... flags) {
    var err = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of("shell"));
    arguments.addAll(List.of(flags));
    arguments.addAll(List.of("-c", "volume.list"));
    int code = Hayloft.commandLine(environment, temp.resolve("hayloft.yaml")).setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
    return new Said(code, err.toString());
  }

  private static Map<String, String> with(String... pairs) {
    Map<String, String> all = new HashMap<>(KEYS);
    for (int i = 0; i < pairs.length; i += 2) {
      all.put(pairs[i], pairs[i + 1]);
    }
    return all;
  }

  private void assertAsked(String where, Said said) {
    assertEquals(1, said.code(), said.err());
    assertTrue(said.err().startsWith("hayloft: no Hayloft server answers at " + where + " ("), said.err());
  }

  @Test
  void settingsOfTheServerSayWhereItIs() throws IOException {
    assertAsked("http://127.0.0.1:1, from --endpoint",
        shell(with("HAYLOFT_ADMIN_ENDPOINT", "http://127.0.0.1:2"), "--endpoint", "http://127.0.0.1:1"));
    assertAsked("http://127.0.0.1:2, from HAYLOFT_ADMIN_ENDPOINT",
        shell(with("HAYLOFT_ADMIN_ENDPOINT", "http://127.0.0.1:2", "HAYLOFT_ADMIN_PORT", "3")));
    assertAsked("http://127.0.0.1:3, from HAYLOFT_ADMIN_PORT", shell(with("HAYLOFT_ADMIN_PORT", "3")));
    assertAsked("http://127.0.0.2:3, from HAYLOFT_ADMIN_PORT",
        shell(with("HAYLOFT_ADMIN_PORT", "3", "HAYLOFT_ADMIN_BIND", "127.0.0.2")));
    Path file = temp.resolve("hayloft.yaml");
    Files.writeString(file, "admin-bind: 0.0.0.0\nadmin-port: 4\n");
    assertAsked("http://127.0.0.1:4, from " + file + ":2", shell(KEYS));
    assertAsked("http://127.0.0.1:5, from HAYLOFT_ADMIN_PORT", shell(with("HAYLOFT_ADMIN_PORT", "5")));
    Files.writeString(file, "admin-endpoint: http://127.0.0.1:6\nadmin-port: 4\n");
    assertAsked("http://127.0.0.1:6, from " + file + ":1", shell(KEYS));
  }

  @Test
  void aPlaceThatCannotBeAskedIsWrongUsage() throws IOException {
    for (String wrong : List.of("0", "x", "70000")) {
      Said said = shell(with("HAYLOFT_ADMIN_PORT", wrong));
      assertEquals(2, said.code(), said.err());
      assertTrue(said.err().startsWith("hayloft: HAYLOFT_ADMIN_PORT "), said.err());
    }
    Said said = shell(KEYS, "--endpoint", "here");
    assertEquals(2, said.code());
    assertTrue(said.err().startsWith("hayloft: --endpoint: there is no alias here"), said.err());
    said = shell(with("HAYLOFT_ADMIN_ENDPOINT", "here"));
    assertEquals(2, said.code());
    assertTrue(said.err().startsWith("hayloft: HAYLOFT_ADMIN_ENDPOINT: there is no alias here"), said.err());
    said = shell(KEYS, "--endpoint", "127.0.0.1:1");
    assertTrue(said.err().startsWith("hayloft: --endpoint must be a URL such as"), said.err());
    assertEquals(2, shell(KEYS, "--credentials", temp.resolve("none").toString()).code());
  }

  @Test
  void keysAreLookedForWhereTheServerHasThem() throws IOException {
    String nowhere = "http://127.0.0.1:1";
    Said none = shell(Map.of(), "--endpoint", nowhere);
    assertEquals(2, none.code());
    assertTrue(none.err().startsWith("hayloft: no credentials of an administrator\n"), none.err());

    Path directory = Files.createDirectory(temp.resolve("data"));
    Files.writeString(temp.resolve("hayloft.yaml"), "dir: " + directory + "\nadmin-port: 1\n");
    assertTrue(shell(Map.of()).err().startsWith("hayloft: no credentials of an administrator\n"));
    Path ofDirectory = directory.resolve("credentials.json");
    Files.writeString(ofDirectory, "{\"accessKey\":\"a\"}");
    Said half = shell(Map.of());
    assertEquals(2, half.code());
    assertTrue(half.err().startsWith("hayloft: " + ofDirectory + " does not hold"), half.err());
    Files.writeString(ofDirectory, "{\"accessKey\":\"a\",\"secretKey\":\"hidden\"}");
    assertAsked(nowhere + ", from " + temp.resolve("hayloft.yaml") + ":2", shell(Map.of()));

    Path ofPackage = temp.resolve("credentials.env");
    Files.writeString(ofPackage, "# made once\nHAYLOFT_ROOT_USER=b\n");
    Said incomplete = shell(Map.of());
    assertEquals(2, incomplete.code());
    assertTrue(incomplete.err().startsWith("hayloft: " + ofPackage + ": HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD "
        + "belong together"), incomplete.err());
    Files.writeString(ofPackage, "# made once\nHAYLOFT_ROOT_USER=b\nHAYLOFT_ROOT_PASSWORD=\"hidden\"\n");
    assertAsked(nowhere + ", from " + temp.resolve("hayloft.yaml") + ":2", shell(Map.of()));
  }
}
