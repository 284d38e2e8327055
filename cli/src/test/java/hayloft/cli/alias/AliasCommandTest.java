package hayloft.cli.alias;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import hayloft.cli.Hayloft;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Stores with names: the file, and every command that takes a name.
final class AliasCommandTest {

  private static final String[] KEYS = {"HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "hidden \"'\\$#: secret"};

  @TempDir
  Path temp;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String[] variables, String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Map<String, String> environment = new HashMap<>(Map.of("XDG_CONFIG_HOME", temp.resolve("config").toString()));
    for (int i = 0; i < variables.length; i += 2) {
      environment.put(variables[i], variables[i + 1]);
    }
    int code = Hayloft.commandLine(environment, Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
    assertFalse((out + "" + err).contains("hidden"), () -> out + "" + err);
    return code;
  }

  private int run(String... arguments) {
    return run(new String[0], arguments);
  }

  private Path file() {
    return temp.resolve("config/hayloft/aliases.yaml");
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void whatIsSetIsListedWithoutItsSecretAndGoesWhenItIsRemoved() throws IOException {
    assertEquals(0, run("alias", "list"));
    assertFalse(Files.exists(file()), "nothing is made by looking");
    assertEquals(0, run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:8333"), err::toString);
    assertEquals("rw-------", mode(file()));
    assertEquals("rwx------", mode(Objects.requireNonNull(file().getParent())));
    assertEquals(0, run("alias", "set", "farm", "--endpoint", "https://s3.example.com", "--admin-endpoint",
        "https://10.0.0.7:9", "--no-keys"));
    assertEquals(0, run("alias", "list"));
    assertEquals("""
        NAME  S3                      ADMIN                  KEYS  CA
        barn  http://127.0.0.1:8333   http://127.0.0.1:9334  me    -
        farm  https://s3.example.com  https://10.0.0.7:9     -     -
        """, out.toString());
    assertEquals(0, run("alias", "list", "--json"));
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertEquals(file().toString(), json.path("file").asText());
    assertEquals("{\"name\":\"barn\",\"s3\":\"http://127.0.0.1:8333\",\"admin\":\"http://127.0.0.1:9334\","
        + "\"accessKey\":\"me\"}", json.path("aliases").path(0).toString());
    assertEquals(0, run("alias", "set", "barn", "--admin-endpoint", "http://[::1]:1", "--no-keys"));
    assertTrue(Files.readString(file()).contains("barn.s3: \"http://[::1]:8333\"\n"), "the host of the other port");
    assertFalse(Files.readString(file()).contains("hidden"), "set anew, without keys");
    assertEquals(0, run("alias", "remove", "barn"));
    assertEquals(2, run("alias", "remove", "barn"));
    assertTrue(err.toString().startsWith("hayloft: there is no alias barn"), err::toString);
    assertEquals(2, run("alias", "remove", "frm"));
    assertTrue(err.toString().contains("did you mean farm?"), err::toString);
  }

  @Test
  void keysComeFromAFileOrTheEnvironmentAndNeverFromTheCommandLine() throws IOException {
    assertEquals(2, run("alias", "set", "barn", "--endpoint", "http://127.0.0.1:1"));
    assertTrue(err.toString().startsWith("hayloft: no keys for it: name a file"), err::toString);
    assertEquals(2, run(KEYS, "alias", "set", "barn", "--endpoint", "http://me:hidden@127.0.0.1:1"));
    assertTrue(err.toString().contains("every user of this machine can read a command line"), err::toString);
    assertEquals(2, run(KEYS, "alias", "set", "barn"));
    Path keys = Files.writeString(temp.resolve("keys.json"), "{\"accessKey\":\"a\",\"secretKey\":\"hidden\"}");
    assertEquals(0, run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:1", "--credentials",
        keys.toString()));
    assertTrue(out.toString().contains("with the keys of a (" + keys + ")"), out::toString);
  }

  @Test
  void aFileThatOthersCanReadIsNotBelieved() throws IOException {
    run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:1");
    Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
    for (String[] line : new String[][]{{"alias", "list"}, {"alias", "remove", "barn"},
        {"alias", "set", "two", "--endpoint", "http://127.0.0.1:1", "--no-keys"},
        {"shell", "--endpoint", "barn", "-c", "volume.list"}, {"bench", "put", "--endpoint", "barn"}}) {
      assertEquals(2, run(line));
      assertTrue(err.toString().contains(file() + " holds secrets") && err.toString().contains("chmod 600 " + file()),
          err::toString);
    }
    assertEquals(2, run("alias", "list", "--json"));
    assertEquals("WrongConfiguration",
        new ObjectMapper().readTree(out.toString()).path("error").path("code").asText());
    assertEquals("", err.toString());
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"barn: [ | :2: not YAML", "barn.s3: nowhere | barn.s3 must be a URL",
      "barn.s3: http://a:1 | there is no barn.admin", "barn.colour: red | :1: barn.colour is nothing",
      "barn: red | :1: barn is nothing", "just words | expected lines of the form",
      "'barn.s3: http://a:1\nbarn.admin: http://a:2\nbarn.access-key: a' | there is no barn.secret-key"})
  void aFileThatMakesNoSenseIsNamedWithWhatToDo(String content, String said) throws IOException {
    run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:1");
    Files.writeString(file(), content + "\n");
    assertEquals(2, run("alias", "list"));
    assertTrue(err.toString().startsWith("hayloft: " + file()) && err.toString().contains(said)
        && err.toString().contains("Mend that, or take the file away"), err::toString);
    assertEquals(content + "\n", Files.readString(file()), "what is not understood is not overwritten");
    assertEquals(2, run("alias", "set", "two", "--endpoint", "http://127.0.0.1:1", "--no-keys"));
    assertEquals(content + "\n", Files.readString(file()));
  }

  @Test
  void aFileWithoutEndIsNotRead() throws IOException {
    run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:1");
    Files.writeString(file(), "# much\n".repeat(200_000));
    assertEquals(2, run("alias", "list"));
    assertTrue(err.toString().contains("has more than 1048576 bytes"), err::toString);
  }

  @Test
  void processesThatSetAtOnceLoseNothing() throws Exception {
    List<Process> all = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      var builder = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
          System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", Hayloft.class.getName(), "alias", "set",
          "n" + i, "--endpoint", "http://127.0.0.1:" + (i + 1), "--no-keys").redirectErrorStream(true);
      builder.environment().put("XDG_CONFIG_HOME", temp.resolve("config").toString());
      all.add(builder.start());
    }
    for (Process one : all) {
      String said = new String(one.getInputStream().readAllBytes(), UTF_8);
      assertEquals(0, one.waitFor(), said);
    }
    assertEquals(0, run("alias", "list", "--json"));
    assertEquals(4, new ObjectMapper().readTree(out.toString()).path("aliases").size(), out::toString);
    assertEquals("rw-------", mode(file()));
  }

  @Test
  void everyCommandThatTakesAnEndpointTakesItsName() throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
    byte[] refusal = "<Error><Code>InvalidAccessKeyId</Code></Error>".getBytes(UTF_8);
    byte[] json = "{\"error\":{\"code\":\"InvalidAccessKeyId\",\"message\":\"no\"}}".getBytes(UTF_8);
    server.createContext("/", exchange -> {
      exchange.getRequestBody().readAllBytes();
      byte[] answer = exchange.getRequestURI().getPath().startsWith("/v1/") ? json : refusal;
      exchange.sendResponseHeaders(403, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      String[] others = {"HAYLOFT_ROOT_USER", "other", "HAYLOFT_ROOT_PASSWORD", "hidden too"};
      assertEquals(0, run(KEYS, "alias", "set", "barn", "--endpoint", url, "--admin-endpoint", url));
      String told = " does not know the access key me (from alias barn)";
      for (String[] line : new String[][]{{"shell", "--endpoint", "barn", "-c", "volume.list"},
          {"bench", "put", "--endpoint", "barn"},
          {"audit", "--log", temp.resolve("log").toString(), "--endpoint", "barn"}}) {
        assertEquals(1, run(others, line), err::toString);
        assertTrue(err.toString().startsWith("hayloft: " + url) && err.toString().contains(told), err::toString);
      }
      assertEquals(1, run(new String[]{"HAYLOFT_ENDPOINT", "barn"}, "bench", "put"));
      assertTrue(err.toString().contains(told), err::toString);
      assertEquals(1, run(new String[]{"HAYLOFT_ADMIN_ENDPOINT", "barn"}, "shell", "-c", "volume.list"));
      assertTrue(err.toString().contains(told), err::toString);
      assertEquals(1, run(new String[]{"HAYLOFT_SECRET_KEY", "hidden"}, "bench", "put", "--endpoint", "barn",
          "--access-key", "third"));
      assertTrue(err.toString().contains("access key third (from --access-key)"),
          "the command line goes first: " + err);

      run("alias", "set", "open", "--endpoint", url, "--admin-endpoint", url, "--no-keys");
      assertEquals(1, run(others, "shell", "--endpoint", "open", "-c", "volume.list"));
      assertTrue(err.toString().contains("access key other (from HAYLOFT_ROOT_USER)"), err::toString);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aNameThatIsNotThereIsRefusedWithWhatWasMeant() {
    run(KEYS, "alias", "set", "barn", "--endpoint", "http://127.0.0.1:1");
    for (String[] line : new String[][]{{"shell", "--endpoint", "bran", "-c", "volume.list"},
        {"bench", "put", "--endpoint", "bran"},
        {"audit", "--log", temp.resolve("log").toString(), "--endpoint", "bran"},
        {"bench", "put", "--versus", "bran"}}) {
      assertEquals(2, run(KEYS, line), err::toString);
      String said = err.toString();
      assertTrue(said.startsWith("hayloft: " + (said.contains("--versus") ? "--versus" : "--endpoint")
          + ": there is no alias bran; did you mean barn? (" + file() + ")"), said);
    }
    assertEquals(2, run(new String[]{"HAYLOFT_ENDPOINT", "bran"}, "bench", "put"));
    assertTrue(err.toString().startsWith("hayloft: HAYLOFT_ENDPOINT: there is no alias bran"), err::toString);
  }
}
