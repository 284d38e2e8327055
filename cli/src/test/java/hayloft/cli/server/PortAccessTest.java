package hayloft.cli.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import hayloft.cli.volume.StoreOnDisk;
import hayloft.common.FileId;
import hayloft.common.health.Readiness;
import hayloft.common.token.FileTokens;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// Who may use the ports without signatures, asked from outside.
final class PortAccessTest {

  private static final List<String> PORTS = List.of("master", "volume", "filer", "admin");

  @TempDir
  private Path directory = Path.of("");

  private final List<StandaloneServer> running = new ArrayList<>();
  private String readyLine = "";

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private record Answer(int status, String text) {
    String json(String field) throws IOException {
      return new ObjectMapper().readTree(text.substring(text.indexOf("\r\n\r\n") + 4)).path(field).asText();
    }
  }

  private void start(Map<String, String> environment, String... flags) throws IOException {
    List<String> all = new ArrayList<>(List.of("--dir", directory.resolve("store").toString(), "--s3-port", "0",
        "--master-port", "0", "--volume-port", "0", "--filer-port", "0", "--min-free", "0"));
    all.addAll(List.of(flags));
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(all.toArray(String[]::new));
    var readiness = new Readiness();
    ServerConfig config = parsed.options.config(environment);
    var server = new StandaloneServer(config, parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "a-long-secret", "HAYLOFT_STORE_KEY",
            "00".repeat(32)), // that of StoreOnDisk
        readiness);
    running.add(server);
    server.start();
    readiness.ready();
    readyLine = server.readyLine();
  }

  @AfterEach
  void stop() throws IOException {
    for (StandaloneServer server : running) {
      server.close();
    }
    running.clear();
  }

  private int port(String role) {
    Matcher endpoint = Pattern.compile(" " + role + "=http://[^ ]*:(\\d+)").matcher(readyLine);
    assertTrue(endpoint.find(), readyLine);
    return Integer.parseInt(endpoint.group(1));
  }

  /// @param headers each with its line end; without a host, it is the port's own
  private Answer ask(String role, String method, String target, String headers, String body) throws IOException {
    int port = port(role);
    String host = headers.startsWith("Host:")
        ? ""
        : "Host: 127.0.0.1:" + port + "\r\n";
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      byte[] bytes = body.getBytes(UTF_8);
      String head = method + " " + target + " HTTP/1.1\r\n" + host + "Connection: close\r\n" + headers
          + (bytes.length > 0 ? "Content-Length: " + bytes.length + "\r\n" : "") + "\r\n";
      socket.getOutputStream().write(head.getBytes(ISO_8859_1));
      socket.getOutputStream().write(bytes);
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      return new Answer(Integer.parseInt(answer.split(" ", 3)[1]), answer);
    }
  }

  @Test
  void byDefaultNothingChanges() throws IOException {
    start(Map.of());
    long volumes = volumes();
    for (String target : List.of("/dir/assign", "/dir/assign?collection=x", "/vol/grow?count=100&collection=x")) {
      for (String method : List.of("GET", "POST", "PUT")) {
        Answer refused = ask("master", method, target, "", "");
        assertEquals(401, refused.status(), refused.text());
        assertTrue(refused.json("error").contains("HAYLOFT_VOLUME_SECRET"), refused.text());
        assertTrue(refused.json("error").contains("--open-file-ids"), refused.text());
      }
    }
    assertEquals(401, ask("volume", "PUT", "/2,7fffffffffffffff00000001", "", "hi").status());
    assertEquals(401, ask("volume", "DELETE", "/2,7fffffffffffffff00000001", "", "").status());
    assertEquals(404, ask("volume", "GET", "/2,7fffffffffffffff00000001", "", "").status());
    assertEquals(volumes, volumes());
    for (Answer status : List.of(ask("master", "GET", "/dir/status", "", ""), ask("volume", "GET", "/status", "", ""),
        ask("master", "GET", "/vol/status", "", ""))) {
      assertEquals(200, status.status());
      assertTrue(!status.text().contains(directory.toString()), status.text());
    }
  }

  private long volumes() throws IOException {
    return Pattern.compile("\"Id\":\\d").matcher(ask("volume", "GET", "/status", "", "").text()).results().count();
  }

  @Test
  void openFileIdsAreExactlyThoseThatWereHandedOut() throws IOException {
    start(Map.of(), "--open-file-ids");
    Answer two = ask("master", "GET", "/dir/assign?count=2", "", "");
    String fid = two.json("fid");
    FileId first = FileId.parse(fid);
    String next = ask("master", "GET", "/dir/assign", "", "").json("fid");
    for (String beyond : List.of(fid + "_2", fid + "_3", fid + "_4294967295",
        new FileId(first.volume(), first.key() + 1, first.cookie() + 1).toString(),
        new FileId(first.volume(), first.key() + 2, first.cookie()).toString(),
        new FileId(first.volume(), first.key() - 1, first.cookie()).toString(),
        new FileId(first.volume() + 1000, first.key(), first.cookie()).toString(),
        first.volume() + ",7fffffffffffffff00000001", first.volume() + ",ffffffffffffffff00000001")) {
      Answer refused = ask("volume", "PUT", "/" + beyond, "", "hi");
      assertTrue(List.of(403, 404, 409).contains(refused.status()), beyond + refused.text());
      assertEquals(404, ask("volume", "GET", "/" + beyond, "", "").status());
    }
    for (String given : List.of(fid, fid + "_1", next)) {
      assertEquals(201, ask("volume", "PUT", "/" + given, "", "hi").status(), given);
      assertEquals(409, ask("volume", "PUT", "/" + given, "", "ho").status(), given);
    }
    for (String port : List.of("volume /status", "master /dir/status", "master /vol/status",
        "master /cluster/status")) {
      String[] asked = port.split(" ");
      String told = ask(asked[0], "GET", asked[1], "", "").text();
      assertTrue(told.contains("{") && !told.contains(directory.toString()), told);
    }
  }

  @Test
  void aTokenIsAskedForWhereThereIsASecret() throws IOException {
    start(Map.of("HAYLOFT_VOLUME_SECRET", "a secret of tokens"));
    assertEquals(401, ask("master", "GET", "/dir/assign", "", "").status());
    assertEquals(401, ask("master", "GET", "/dir/assign", "Authorization: Bearer x.y.z\r\n", "").status());
    String all = new FileTokens("a secret of tokens", InstantSource.system()).signForAll(Duration.ofMinutes(1));
    Answer assigned = ask("master", "GET", "/dir/assign", "Authorization: Bearer " + all + "\r\n", "");
    assertEquals(200, assigned.status(), assigned.text());
    String blob = "/" + assigned.json("fid");
    String one = "Authorization: BEARER " + assigned.json("auth") + "\r\n";
    assertEquals(401, ask("volume", "PUT", blob, "", "hi").status());
    assertEquals(401, ask("master", "GET", "/dir/assign", one, "").status(), "a token for one id gives no others");
    String form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\nhi\r\n--b--\r\n";
    assertEquals(201,
        ask("volume", "POST", blob, one + "Content-Type: multipart/form-data; boundary=b\r\n", form).status());
    assertEquals(200, ask("volume", "GET", blob, "", "").status());
    assertEquals(202, ask("volume", "DELETE", blob + "?jwt=" + all, "", "").status());
    assertTrue(ask("volume", "GET", "/status?jwt=" + all, "", "").text().contains(directory.toString()));
  }

  @Test
  void webPagesOfOthersAreRefusedOnEveryPort() throws IOException {
    start(Map.of(), "--open-file-ids", "--known-host", "hay.test");
    for (String role : PORTS) {
      int port = port(role);
      for (String path : List.of("/healthz", "/readyz", "/metrics", "/dir/assign", "/vol/grow", "/status",
          "/v1/cluster.status", "/nothing")) {
        for (String headers : List.of("Sec-Fetch-Site: cross-site", "sec-fetch-site: same-site", "Sec-Fetch-Site: ",
            "Origin: http://evil.example", "Origin: null", "Origin: http://127.0.0.1:1",
            "Origin: http://localhost:" + port,
            "Referer: http://evil.example/page", "Host: ", "Host: :" + port, "Host: evil.example",
            "Host: evil.example:" + port,
            "Host: 127.0.0.1.evil.example:" + port, "Host: 10.9.8.7:" + port)) {
          for (String method : List.of("GET", "POST")) {
            Answer refused = ask(role, method, path, headers + "\r\n", "");
            assertEquals(403, refused.status(), role + " " + method + " " + path + " " + headers);
          }
        }
        for (String headers : List.of("Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none",
            "Origin: http://127.0.0.1:" + port, "Host: localhost:" + port, "Host: hay.test:" + port,
            "Host: [::1]:" + port)) {
          if (!path.equals("/dir/assign") && !path.equals("/vol/grow")) {
            assertTrue(ask(role, "GET", path, headers + "\r\n", "").status() != 403, role + path + headers);
          }
        }
        for (String type : List.of("", "Content-Type: text/plain\r\n",
            "Content-Type: Application/x-www-form-urlencoded\r\n",
            "Content-Type: multipart/form-data; boundary=b\r\n")) {
          for (String browser : List.of("Sec-Fetch-Mode: no-cors\r\n", "Origin: http://127.0.0.1:" + port + "\r\n")) {
            assertEquals(403, ask(role, "POST", path, type + browser, "a=b").status(), role + path + type + browser);
          }
        }
      }
    }
    assertEquals(0, volumesForBlobs());
  }

  @Test
  void aCodingThatNobodyUnderstandsIsSaidToBeOne() throws IOException {
    start(Map.of());
    for (String role : PORTS) {
      for (String coding : List.of("gzip", "gzip, chunked", "identity")) {
        Answer refused = ask(role, "PUT", "/2,7fffffffffffffff00000001", "Transfer-Encoding: " + coding + "\r\n", "");
        assertEquals(501, refused.status(), role + refused.text());
        assertEquals("the only Transfer-Encoding that is understood is chunked", refused.json("error"), refused.text());
      }
    }
  }

  @Test
  void aSumThatNobodyWouldVerifyIsRefused() throws IOException {
    start(Map.of(), "--open-file-ids");
    String fid = ask("master", "GET", "/dir/assign", "", "").json("fid");
    // written by hand: ask() would declare a length
    int port = port("volume");
    try (var socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream()
          .write(("PUT /" + fid + " HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "2\r\nhi\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n").getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
      assertTrue(answer.contains("belongs in a header, or in a trailer of aws-chunked"), answer);
    }
    assertEquals(404, ask("volume", "GET", "/" + fid, "", "").status());
    assertEquals(201, ask("volume", "PUT", "/" + fid, "", "hi").status());
  }

  private long volumesForBlobs() throws IOException {
    return Pattern.compile("\"BLOB\"").matcher(ask("master", "GET", "/dir/status", "", "").text()).results().count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::"})
  void openFileIdsStayOnLoopback(String bind) {
    var refused = assertThrows(IllegalArgumentException.class,
        () -> start(Map.of(), "--open-file-ids", "--bind", bind));
    var err = new StringWriter();
    assertEquals(2, Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setErr(new PrintWriter(err, true))
        .execute("server", "--dir", directory.resolve("none").toString(), "--open-file-ids", "--bind", bind));
    assertTrue(err.toString().contains("--open-file-ids"), err.toString());
    assertFalse(Files.exists(directory.resolve("none")));
    assertTrue(String.valueOf(refused.getMessage()).contains("--bind 127.0.0.1")
        && String.valueOf(refused.getMessage()).contains("HAYLOFT_VOLUME_SECRET"), refused.getMessage());
  }

  @Test
  void opennessAndASecretExcludeEachOther() {
    assertThrows(IllegalArgumentException.class,
        () -> start(Map.of("HAYLOFT_VOLUME_SECRET", "s"), "--open-file-ids"));
  }

  /// Written past the master: every start ended with an ArithmeticException.
  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE - (1L << 31), (1L << 62) + 1, -1})
  void noNeedleKeepsAStoreFromStarting(long key) throws IOException {
    try (var store = new StoreOnDisk(directory.resolve("store"), 64 << 20)) {
      store.bucket("barn", hayloft.filer.Versioning.UNVERSIONED);
      store.blob(key, "hi".getBytes(UTF_8));
    }
    for (int round = 0; round < 3; round++) {
      start(Map.of(), "--open-file-ids");
      String fid = ask("master", "GET", "/dir/assign", "", "").json("fid");
      assertTrue(FileId.parse(fid).key() < 1L << 33, fid);
      assertEquals(201, ask("volume", "PUT", "/" + fid, "", "hi").status());
      stop();
    }
  }
}
