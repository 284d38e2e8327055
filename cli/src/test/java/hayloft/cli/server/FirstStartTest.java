package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.cli.admin.SecretKeys;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// Which secrets a store may begin with.
final class FirstStartTest {

  private static final Pattern WRITTEN_OUT = Pattern
      .compile("(?:ROOT_PASSWORD|SECRET_ACCESS_KEY|_SECRET)=([^\\s$\"']+)|\"secretKey\": \"([^\"…]+)\"");

  @TempDir
  private Path temp = Path.of("");

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private static void require(Map<String, String> environment, String... arguments) throws IOException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    FirstStart.require(parsed.options.config(Map.of()), environment);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1234567", "change-this-password", "a-long-secret", "minioadmin",
      "changeme", "changeit", "password1", "password123", "minioadmin123", "12345678", "admin123", "aaaaaaaa",
      "ChangeMe", "MINIOADMIN", "PassWord123", "Administrator1", "ADMINISTRATOR1", "0000000000000000",
      "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"})
  void noStoreIsMadeWithAWeakPassword(String password) {
    Path data = temp.resolve("data");
    for (String pair : List.of("HAYLOFT_ROOT_USER HAYLOFT_ROOT_PASSWORD", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY",
        "MINIO_ROOT_USER MINIO_ROOT_PASSWORD")) {
      String[] names = pair.split(" ");
      var err = new StringWriter();
      assertEquals(2, Hayloft.commandLine(Map.of(names[0], "administrator1", names[1], password), Path.of("/nowhere"))
          .setErr(new PrintWriter(err, true)).execute("server", "--dir", data.toString()));
      assertTrue(err.toString().contains("which belongs to " + names[0] + ", ") && err.toString().contains("openssl"),
          err.toString());
      assertFalse(Files.exists(data));
    }
  }

  @Test
  void variablesThatHoldNothingUsefulAreToldBeforeAnythingIsMade() {
    Path data = temp.resolve("data");
    for (Map<String, String> wrong : List.of(Map.of("HAYLOFT_OTLP_HEADERS", "novalue"),
        Map.of("HAYLOFT_ROOT_USER", "admin", "HAYLOFT_ROOT_PASSWORD", "          "),
        Map.of("HAYLOFT_ROOT_USER", "  ", "HAYLOFT_ROOT_PASSWORD", "long-enough-secret"))) {
      var err = new StringWriter();
      assertEquals(2, Hayloft.commandLine(wrong, Path.of("/nowhere")).setErr(new PrintWriter(err, true))
          .execute("server", "--dir", data.toString(), "--otlp-endpoint", "http://127.0.0.1:1"), wrong::toString);
      assertTrue(wrong.keySet().stream().anyMatch(err.toString()::contains), err.toString());
      assertFalse(Files.exists(data));
    }
  }

  @Test
  void aStoreThatIsThereIsStartedWithAnyPassword() throws IOException {
    Path data = temp.resolve("data");
    Map<String, String> weak = Map.of("HAYLOFT_ROOT_USER", "admin", "HAYLOFT_ROOT_PASSWORD", "x");
    assertThrows(IllegalArgumentException.class, () -> require(weak, "--dir", data.toString()));
    Files.createDirectory(data);
    Files.createFile(data.resolve("hayloft.json"));
    assertDoesNotThrow(() -> require(weak, "--dir", data.toString()));
    assertDoesNotThrow(() -> require(Map.of(), "--dir", temp.resolve("other").toString()), "they are generated");
    assertDoesNotThrow(() -> require(Map.of("HAYLOFT_ROOT_USER", "admin", "HAYLOFT_ROOT_PASSWORD", "12345687"), "--dir",
        temp.resolve("other").toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "1234567", "changeme", "aaaaaaaa", "abababab", "       x", "Hayloft123",
      "please-change-me", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"})
  void noStoreIsMadeWithAWeakSecretOfFileIds(String secret) throws IOException {
    Path data = temp.resolve("data");
    var err = new StringWriter();
    assertEquals(2, Hayloft.commandLine(Map.of("HAYLOFT_VOLUME_SECRET", secret), Path.of("/nowhere"))
        .setErr(new PrintWriter(err, true)).execute("server", "--dir", data.toString()));
    assertTrue(err.toString().contains("HAYLOFT_VOLUME_SECRET, which tokens") && err.toString().contains("openssl"),
        err.toString());
    assertFalse(Files.exists(data));
  }

  @Test
  void usersOfAFileNeedStrongSecretsToo() throws IOException {
    Path users = temp.resolve("users.json");
    String[] arguments = {"--dir", temp.resolve("data").toString(), "--users", users.toString()};
    Files.writeString(users, "[{\"id\": \"bob\", \"accessKey\": \"B\", \"secretKey\": \"short\"}]");
    var refusal = assertThrows(IllegalArgumentException.class, () -> require(Map.of(), arguments));
    assertTrue(String.valueOf(refusal.getMessage()).contains("user bob has fewer than 8"), refusal.toString());
    Files.writeString(users, "[{\"id\": \"bob\", \"accessKey\": \"BobOfBarn\", \"secretKey\": \"bobofbarn\"}]");
    refusal = assertThrows(IllegalArgumentException.class, () -> require(Map.of(), arguments));
    assertTrue(String.valueOf(refusal.getMessage()).contains("user bob is the access key itself"), refusal.toString());
    Files.writeString(users, "[{\"id\": \"bob\", \"accessKey\": \"B\", \"secretKey\": \"not so short\"}]");
    assertDoesNotThrow(() -> require(Map.of(), arguments));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
      "nonsense | users.json is not JSON at line 1",
      "{} | users.json:1: must be a list of users",
      "^^ | users.json:1: must be a list of users",
      "[1] | :1: user 1 must be an object",
      "[{\"id\": \"a\"}] | :1: user 1 (a) has no accessKey",
      "[{\"id\": \"\"}] | :1: user 1: id is empty",
      "[{\"id\": 7}] | :1: user 1: id must be a text",
      "[OK,~{\"id\": \"b\",~ \"secret\": \"x\"}] | :3: user 2 (b) has a field \"secret\" that no user has; "
          + "did you mean secretKey?",
      "[{\"id\": \"b\", \"admin\": \"true\"}] | :1: user 1 (b): admin must be true or false",
      "[{\"id\": \"b\", \"id\": \"b\"}] | :1: user 1 (b) has the field id twice",
      "[OK, OK] | user alice is there twice",
      "[OK, {\"id\": \"bob\", \"accessKey\": \"ALICE\", \"secretKey\": \"zet-34567-qq\"}] | users alice and bob have "
          + "one access key, ALICE",
      "[{\"id\": \"root\", \"accessKey\": \"R\", \"secretKey\": \"zet-34567-qq\"}] | "
          + "the id root is the administrator's",
      "[{\"id\": \"eve\", \"accessKey\": \"MASTERKEY\", \"secretKey\": \"zet-34567-qq\"}] | "
          + "eve has the administrator's",
      "[OK] [] | nothing may follow",
      "[OK, | users.json is not JSON at line 1"})
  void aWrongUsersFileIsToldBeforeAnythingIsMade(String text, String expected) throws IOException {
    Path users = temp.resolve("users.json");
    Files.writeString(users, text.replace('~', '\n').replace("OK",
        "{\"id\": \"alice\", \"accessKey\": \"ALICE\", \"secretKey\": \"zet-34567-qq\"}"));
    for (String store : text.equals("nonsense") ? List.of("data", "there") : List.of("data")) {
      Path data = temp.resolve(store);
      if (store.equals("there")) {
        Files.createDirectory(data);
        Files.createFile(data.resolve("hayloft.json"));
      }
      var err = new StringWriter();
      assertEquals(2,
          Hayloft.commandLine(Map.of("HAYLOFT_ROOT_USER", "MASTERKEY", "HAYLOFT_ROOT_PASSWORD", "zet-34567-qq"),
              Path.of("/nowhere")).setErr(new PrintWriter(err, true))
              .execute("server", "--exit-when-ready", "--dir", data.toString(), "--users", users.toString()),
          err::toString);
      assertTrue(err.toString().contains(expected) && err.toString().startsWith("hayloft: --users: "), err.toString());
      assertFalse(err.toString().contains("zet-34567") || err.toString().contains("Exception"), err.toString());
      assertFalse(Files.exists(temp.resolve("data")));
    }
  }

  @Test
  void aStoreKeyInTheEnvironmentThatIsNoneIsToldBeforeAnythingIsMade() {
    Path data = temp.resolve("data");
    for (String wrong : List.of("short", "zz".repeat(32), "ab".repeat(31))) {
      var err = new StringWriter();
      assertEquals(2, Hayloft.commandLine(Map.of("HAYLOFT_STORE_KEY", wrong), Path.of("/nowhere"))
          .setErr(new PrintWriter(err, true)).execute("server", "--exit-when-ready", "--dir", data.toString()));
      assertTrue(err.toString().startsWith("hayloft: HAYLOFT_STORE_KEY must be 32 bytes"), err.toString());
      assertFalse(Files.exists(data));
    }
  }

  @Test
  void whateverStandsInADocumentIsWeak() throws IOException {
    List<Path> files = new ArrayList<>(List.of(Path.of("../README.md"), Path.of("../deploy/hayloft.env.example"),
        Path.of("../deploy/docker-compose.yml"), Path.of("../deploy/docker-compose.observability.yml")));
    try (Stream<Path> pages = Files.list(Path.of("../docs"))) {
      pages.filter(page -> page.toString().endsWith(".md")).forEach(files::add);
    }
    var strong = new TreeSet<String>();
    for (Path file : files) {
      WRITTEN_OUT.matcher(Files.readString(file)).results()
          .map(found -> Optional.ofNullable(found.group(1)).orElseGet(() -> String.valueOf(found.group(2))))
          .filter(secret -> SecretKeys.weakness(secret).isEmpty()).forEach(strong::add);
    }
    assertEquals(new TreeSet<>(), strong);
  }
}
