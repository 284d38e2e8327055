package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.e2e.ShellProcess.Run;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the shell does to buckets and to what is in them, beside a client that sees it. One server for all tests: each
/// has buckets of its own.
@Timeout(600)
class BucketShellIT {

  @TempDir
  static Path temp;
  private static ServerProcess server;
  private static ShellProcess shell;
  private static S3Requests client;

  @BeforeAll
  static void start() throws IOException {
    server = ServerProcess.start(temp.resolve("data"), "--min-free", "0");
    shell = ShellProcess.of(server);
    client = server.client();
  }

  @AfterAll
  static void stop() throws IOException, InterruptedException {
    try (var _ = server) {
      shell.close();
    }
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), UTF_8);
  }

  private static List<String> texts(JsonNode rows, String field) {
    List<String> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(row.path(field).asText()));
    return texts;
  }

  private static void put(String path, String body) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = client.put(path, body.getBytes(UTF_8));
    assertEquals(200, answer.statusCode(), () -> text(answer));
  }

  private static void assertFails(int code, String command, String why) throws IOException, InterruptedException {
    Run run = shell.run(command);
    assertEquals(code, run.exitCode(), command + run);
    assertTrue(run.err().contains(why), command + run);
  }

  private static String upload(String path, int parts) throws IOException, InterruptedException {
    String begun = text(client.send("POST", path, Map.of("uploads", ""), new byte[0]));
    String id = begun.substring(begun.indexOf("<UploadId>") + 10, begun.indexOf("</UploadId>"));
    for (int part = 1; part <= parts; part++) {
      assertEquals(200, client.send("PUT", path, Map.of("uploadId", id, "partNumber", Integer.toString(part)),
          new byte[1000]).statusCode());
    }
    return id;
  }

  @Test
  void staleUploadsAreListedAndEnded() throws Exception {
    shell.ask("s3.bucket.create stale");
    shell.ask("s3.bucket.create stale2");
    String first = upload("/stale/film", 2);
    upload("/stale2/other", 1);

    assertEquals(0, shell.ask("s3.clean.uploads -bucket stale").path("count").asInt(), "none is a day old");
    JsonNode all = shell.ask("s3.clean.uploads -timeAgo 0s");
    assertTrue(all.path("dryRun").asBoolean());
    assertTrue(texts(all.path("uploads"), "bucket").containsAll(List.of("stale", "stale2")), all.toString());
    JsonNode one = shell.ask("s3.clean.uploads -timeAgo 0s -bucket stale").path("uploads").path(0);
    assertEquals(first, one.path("uploadId").asText());
    assertEquals(2, one.path("parts").asLong());
    assertEquals(2000, one.path("bytes").asLong());

    assertEquals(1, shell.ask("s3.clean.uploads -timeAgo 0s -bucket stale -apply").path("count").asInt());
    assertFalse(text(client.send("GET", "/stale", Map.of("uploads", ""), new byte[0])).contains(first));
    assertTrue(text(client.send("GET", "/stale2", Map.of("uploads", ""), new byte[0])).contains("<UploadId>"));
    assertEquals(404, client.send("PUT", "/stale/film", Map.of("uploadId", first, "partNumber", "3"), new byte[9])
        .statusCode());
    String shown = shell.run("s3.clean.uploads -timeAgo 0s -bucket stale2").succeeded().out();
    assertTrue(shown.contains("would end 1 uploads with 1 parts, 1.0 kB"), shown);
    assertFails(2, "s3.clean.uploads -timeAgo soon", "24h");
    assertFails(1, "s3.clean.uploads -bucket nowhere", "there is no bucket nowhere");
  }

  @Test
  void whatIsInABucketIsCounted() throws Exception {
    shell.ask("s3.bucket.create full -versioning");
    put("/full/a", "12345");
    put("/full/a", "123");
    put("/full/b", "1");
    assertEquals(204, client.delete("/full/b").statusCode());
    upload("/full/film", 2);
    assertFalse(listed("full").has("counted"), "nobody has counted");
    JsonNode usage = shell.ask("s3.bucket.usage -bucket full").path("buckets").path(0);
    assertEquals("1 3 1 9 1 2000", usage.path("objects") + " " + usage.path("versions") + " " + usage.path("markers")
        + " " + usage.path("bytes") + " " + usage.path("uploads") + " " + usage.path("uploadBytes"));
    assertEquals(3, listed("full").path("versions").asLong());
    JsonNode quota = shell.ask("s3.bucket.quota full").path("usage");
    assertEquals("2009 3", quota.path("bytes") + " " + quota.path("objects"), "the same numbers");
    assertFails(1, "s3.bucket.usage -bucket nowhere", "there is no bucket nowhere");
    assertFails(2, "s3.bucket.usage full", "full");
  }

  private static JsonNode listed(String bucket) throws IOException, InterruptedException {
    for (JsonNode one : shell.ask("s3.bucket.list").path("buckets")) {
      if (one.path("name").asText().equals(bucket)) {
        return one;
      }
    }
    throw new AssertionError("no bucket " + bucket);
  }

  @Test
  void aDisabledUserIsRefusedAtEveryDoorUntilItIsEnabled() throws Exception {
    JsonNode key = shell.ask("s3.user.create second -admin");
    S3Requests second = new S3Requests(server.endpoint(), key.path("accessKey").asText(),
        key.path("secretKey").asText());
    assertEquals(200, second.get("/").statusCode());
    assertTrue(shell.ask("s3.user.disable second").path("changed").asBoolean());
    assertTrue(text(second.get("/")).contains("<Code>InvalidAccessKeyId</Code>"));
    try (ShellProcess asSecond = shell.as(key.path("accessKey").asText(), key.path("secretKey").asText())) {
      assertEquals(1, asSecond.run("s3.user.enable second").exitCode(), "not even by itself");
    }
    String users = shell.run("s3.user.list; s3.user.disable second").succeeded().out();
    assertTrue(users.contains("DISABLED") && users.contains("user second was disabled already"), users);
    assertFalse(shell.ask("s3.user.enable second").path("disabled").asBoolean());
    assertEquals(200, second.get("/").statusCode());
    assertFails(1, "s3.user.disable root", "administrator of the environment");
    assertFails(1, "s3.user.disable nobody", "there is no user nobody");
    assertFails(2, "s3.user.enable", "USER");
  }

  /// Who is no administrator is told so by name, whatever is asked.
  @Test
  void otherUsersMayDoNothing() throws Exception {
    JsonNode user = shell.ask("s3.user.create stranger");
    try (ShellProcess stranger = shell.as(user.path("accessKey").asText(), user.path("secretKey").asText())) {
      for (String command : List.of("s3.clean.uploads -apply", "s3.bucket.usage", "s3.user.disable root")) {
        Run run = stranger.run(command);
        assertTrue(run.exitCode() == 1 && run.err().contains("user stranger is no administrator"), command + run);
        JsonNode json = new ObjectMapper().readTree(stranger.run(command + " --json").out());
        assertEquals("NotAnAdministrator", json.path("error").path("code").asText());
      }
    }
  }
}
