package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Data directories as the last program of level 1 left them, after a clean stop and after `kill -9`, under the real
/// program: everything that was in them is there, what was deleted is not, and it stays so over a restart and without
/// the catalog.
class LevelOneStoreIT {

  private static final String ACCESS_KEY = "golden";
  private static final String SECRET_KEY = "a-secret-of-old";
  private static final String[] FLAGS = {"--volume-limit", "16MiB", "--collect-after", "1", "--compact-every", "1",
      "--compact-min", "16KiB", "--compact-dead", "5", "--min-free", "0"};

  @TempDir
  private Path temporary = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"clean", "killed"})
  void aStoreOfLevelOneIsRaisedAndKeepsEverything(String how) throws Exception {
    unpack("/stores/level-1-" + how + ".zip");
    Path data = temporary.resolve("data");
    JsonNode expected = new ObjectMapper().readTree(temporary.resolve("expected.json").toFile());
    try (ServerProcess server = start(data)) {
      verify(server, expected);
      assertEquals(200, client(server).put("/plain/new", new byte[10]).statusCode());
      assertEquals(0, server.stop());
      assertTrue(server.log().contains("store.levelRaised"), "the raise is told");
    }
    assertTrue(Files.readString(data.resolve("hayloft.json")).contains("\"formatVersion\" : 2"));
    try (ServerProcess server = start(data)) {
      verify(server, expected);
      server.kill();
    }
    deleteFolder(data.resolve("catalog"));
    try (ServerProcess server = start(data)) {
      verify(server, expected);
      assertEquals(200, client(server).get("/plain/new").statusCode());
    }
  }

  private static ServerProcess start(Path data) throws IOException {
    return ServerProcess.start(data, data.resolveSibling("server.log"),
        Map.of("HAYLOFT_ROOT_USER", ACCESS_KEY, "HAYLOFT_ROOT_PASSWORD", SECRET_KEY), FLAGS);
  }

  private static S3Requests client(ServerProcess server) {
    return new S3Requests(server.endpoint(), ACCESS_KEY, SECRET_KEY);
  }

  private static void verify(ServerProcess server, JsonNode expected) throws Exception {
    S3Requests client = client(server);
    for (JsonNode object : expected.path("objects")) {
      String path = "/" + object.get(0).asText() + "/" + object.get(1).asText();
      verify(path, client.get(path), object.get(2).asText());
    }
    for (Map.Entry<String, JsonNode> version : expected.path("versions").properties()) {
      JsonNode object = version.getValue();
      String path = "/" + object.get(0).asText() + "/" + object.get(1).asText();
      verify(path + " " + version.getKey(),
          client.send("GET", path, Map.of("versionId", version.getKey()), new byte[0]), object.get(2).asText());
    }
    for (JsonNode absent : expected.path("absent")) {
      String path = "/" + absent.get(0).asText() + "/" + absent.get(1).asText();
      assertEquals(404, client.get(path).statusCode(), path);
    }
    assertEquals(404, client.get("/gone/k").statusCode());
    String tags = new String(client.send("GET", "/plain/small/001", Map.of("tagging", ""), new byte[0]).body());
    assertTrue(tags.contains("<Key>b</Key>") && !tags.contains("<Key>a</Key>"), tags);
    String uploads = new String(client.send("GET", "/plain", Map.of("uploads", ""), new byte[0]).body());
    assertTrue(uploads.contains(expected.at("/uploads/0/2").asText()) && !uploads.contains("aborted"), uploads);
    for (JsonNode blob : expected.path("blobs")) {
      HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(
          HttpRequest.newBuilder(URI.create(server.volumePort() + "/" + blob.get(0).asText())).build(),
          BodyHandlers.ofByteArray());
      if (blob.get(1).isNull()) {
        assertEquals(404, answer.statusCode(), blob.toString());
      } else {
        verify("blob " + blob.get(0), answer, blob.get(1).asText());
      }
    }
  }

  private static void verify(String what, HttpResponse<byte[]> answer, String sha256) throws Exception {
    assertEquals(200, answer.statusCode(), what);
    assertEquals(sha256, HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(answer.body())), what);
  }

  private void unpack(String resource) throws IOException {
    try (InputStream file = Objects.requireNonNull(LevelOneStoreIT.class.getResourceAsStream(resource));
        var zip = new ZipInputStream(file)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        Path target = temporary.resolve(entry.getName()).normalize();
        assertFalse(entry.isDirectory());
        Files.createDirectories(Objects.requireNonNull(target.getParent()));
        Files.copy(zip, target);
        if (target.endsWith("store.key")) { // a key that others may read is refused
          Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
        }
      }
    }
  }

  private static void deleteFolder(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
