package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.e2e.ShellProcess.Run;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
    assertFails(2, "s3.clean.uploads -timeAgo soon", "30d");
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

  @Test
  void versionsAreListedPrunedAndRemoved() throws Exception {
    shell.ask("s3.bucket.create old -versioning");
    for (String body : List.of("1", "22", "333")) {
      put("/old/k", body);
    }
    put("/old/gone", "1");
    assertEquals(204, client.delete("/old/gone").statusCode());
    put("/old/kk/deep", "deep");
    JsonNode versions = shell.ask("fs.versions /old/k").path("versions");
    assertEquals(List.of("3", "2", "1"), texts(versions, "sizeBytes"));
    assertEquals(List.of("true", "false", "false"), texts(versions, "latest"));
    assertEquals(6, shell.ask("fs.versions /old").path("versions").size());
    assertTrue(shell.ask("fs.versions /old/gone").path("versions").path(0).path("deleteMarker").asBoolean());

    assertEquals(0, shell.ask("s3.bucket.prune -bucket old -apply").path("versions").asInt(), "nothing is so old");
    assertEquals("1 0", counts(shell.ask("s3.bucket.prune -bucket old -olderThan 0s -keep 1")), "of k the oldest");
    JsonNode pruned = shell.ask("s3.bucket.prune -bucket old -olderThan 0s -apply");
    assertEquals("3 1", counts(pruned));
    assertEquals("333", text(client.get("/old/k")));
    assertEquals(2, shell.ask("fs.versions /old").path("versions").size());

    put("/old/k", "4444");
    assertTrue(shell.ask("fs.rm /old/k").path("dryRun").asBoolean());
    assertEquals("4444", text(client.get("/old/k")));
    assertTrue(shell.run("fs.rm /old/k -apply").succeeded().out().contains("older versions stay"));
    assertEquals(404, client.get("/old/k").statusCode());
    assertEquals(3, shell.ask("fs.versions /old/k").path("versions").size(), "under a marker");
    assertEquals("2 1", counts(shell.ask("fs.rm /old/k -versions -apply")));
    assertEquals("deep", text(client.get("/old/kk/deep")), "another key that begins so");
    assertEquals("1 0", counts(shell.ask("fs.rm -recursive -versions /old -apply")));
    shell.ask("s3.bucket.delete old -apply");
    assertFails(1, "fs.rm /old/k -apply", "there is no bucket old");
    assertFails(2, "fs.rm", "PATH");
    assertFails(2, "s3.bucket.prune", "-bucket");
  }

  private static String counts(JsonNode answer) {
    return answer.path("versions").asLong() + " " + answer.path("markers").asLong();
  }

  @Test
  void objectsAreRemovedAndReadByTheirPaths() throws Exception {
    shell.ask("s3.bucket.create plain");
    byte[] large = new byte[2_500_000];
    new Random(1).nextBytes(large);
    assertEquals(200, client.put("/plain/a/large", large).statusCode());
    put("/plain/a/text", "hello there");
    put("/plain/empty", "");
    Path out = temp.resolve("out");
    assertEquals(0, shell.begin("fs.cat /plain/a/large", out, temp.resolve("err")).waitFor());
    assertArrayEquals(large, Files.readAllBytes(out));
    assertEquals("there", shell.run("fs.cat /plain/a/text -offset 6").succeeded().out());
    assertEquals("hello", shell.run("fs.cat /plain/a/text -size 5; fs.cat /plain/empty").succeeded().out());
    assertEquals("ell", new String(shell.ask("fs.cat /plain/a/text -offset 1 -size 3").path("data").binaryValue(),
        UTF_8));
    assertFails(1, "fs.cat /plain/a", "there is no object /plain/a");
    assertFails(2, "fs.cat /plain/a/text -offset 12", "-offset must be at most 11");

    assertFails(2, "fs.rm /plain/a -apply", "-recursive");
    assertFails(1, "fs.rm /plain/empty /plain/none -apply", "nothing was deleted");
    assertEquals(200, client.get("/plain/empty").statusCode());
    JsonNode removed = shell.ask("fs.rm -recursive /plain/a /plain/empty -apply");
    assertEquals("3 2500011", removed.path("objects") + " " + removed.path("bytes"));
    assertEquals(404, client.get("/plain/a/text").statusCode());
    shell.ask("s3.bucket.delete plain -apply");
  }

  /// Who is no administrator is told so by name, whatever is asked.
  @Test
  void usersGoToAnotherStoreWithTheirKeys() throws Exception {
    JsonNode key = shell.ask("s3.user.create farmer -displayName 'The Farmer'");
    JsonNode further = shell.ask("s3.accesskey.create farmer");
    shell.ask("s3.user.create hermit");
    shell.ask("s3.user.disable hermit");
    Path file = temp.resolve("users.json");
    shell.run("s3.user.export -secrets -file " + file).succeeded();
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    JsonNode users = new ObjectMapper().readTree(Files.readAllBytes(file));
    assertFalse(texts(users, "id").contains("root"), users.toString());
    assertFalse(shell.run("s3.user.export").succeeded().out().contains("secretKey"));

    try (ServerProcess other = ServerProcess.start(temp.resolve("other"), "--min-free", "0");
        ShellProcess there = ShellProcess.of(other)) {
      assertTrue(there.ask("s3.user.import -file " + file).path("dryRun").asBoolean());
      assertEquals(List.of("root"), texts(there.ask("s3.user.list").path("users"), "id"), "only shown");
      there.ask("s3.user.import -apply -file " + file);
      JsonNode listed = there.ask("s3.user.list").path("users");
      assertTrue(texts(listed, "id").containsAll(List.of("farmer", "hermit")), listed.toString());
      for (JsonNode one : List.of(key, further)) {
        var farmer = new S3Requests(other.endpoint(), one.path("accessKey").asText(), one.path("secretKey").asText());
        assertEquals(200, farmer.get("/").statusCode());
      }
      JsonNode hermit = find(users, "hermit").path("keys").path(0);
      assertEquals(403, new S3Requests(other.endpoint(), hermit.path("accessKey").asText(),
          hermit.path("secretKey").asText()).get("/").statusCode());
      String again = there.run("s3.user.import -apply -file " + file).succeeded().out();
      assertFalse(again.contains("created") || again.contains("  changed"), again);

      Files.writeString(temp.resolve("taken.json"),
          "[{\"id\": \"thief\", \"keys\": [{\"accessKey\": \"" + key.path("accessKey").asText() + "\"}]}]");
      Run taken = there.run("s3.user.import -apply -file " + temp.resolve("taken.json"));
      assertEquals(1, taken.exitCode(), taken.toString());
      assertTrue(taken.err().contains("is user farmer's already"), taken.toString());
      assertFalse(Files.readString(temp.resolve("other/admin.log")).contains(key.path("secretKey").asText()));
    }
  }

  private static JsonNode find(JsonNode users, String id) {
    for (JsonNode user : users) {
      if (user.path("id").asText().equals(id)) {
        return user;
      }
    }
    throw new AssertionError("no user " + id);
  }

  @Test
  void moreUsersThanOnePageComeAndGo() throws Exception {
    var users = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < 250; i++) {
      users.addObject().put("id", "crowd-" + i).putArray("keys").addObject().put("accessKey", "CROWDKEY" + i)
          .put("secretKey", "crowd-of-secrets-" + i);
    }
    users.addObject().put("id", "crowd-keyless");
    Path file = Files.writeString(temp.resolve("crowd.json"), users.toString());
    JsonNode made = shell.ask("s3.user.import -apply -file " + file).path("users");
    assertEquals(251, made.size());
    JsonNode keyless = find(made, "crowd-keyless");
    assertEquals(200, new S3Requests(server.endpoint(), keyless.path("accessKey").asText(),
        keyless.path("secretKey").asText()).get("/").statusCode());
    JsonNode exported = shell.ask("s3.user.export").path("users");
    assertTrue(texts(exported, "id").containsAll(texts(users, "id")));
    assertEquals(200, new S3Requests(server.endpoint(), "CROWDKEY249", "crowd-of-secrets-249").get("/").statusCode());
  }

  @Test
  void versioningAndRightsOfABucketAreWhatClientsSee() throws Exception {
    JsonNode key = shell.ask("s3.user.create guest");
    var guest = new S3Requests(server.endpoint(), key.path("accessKey").asText(), key.path("secretKey").asText());
    shell.ask("s3.bucket.create shown");
    put("/shown/hay", "1");
    assertEquals(403, guest.get("/shown").statusCode());
    shell.ask("s3.bucket.access shown -grant guest");
    assertEquals(200, guest.get("/shown").statusCode());
    assertEquals(403, guest.put("/shown/own", new byte[1]).statusCode());
    shell.ask("s3.bucket.access shown -grant guest -permission read-write");
    assertEquals(200, guest.put("/shown/own", new byte[1]).statusCode());
    String list = text(client.send("GET", "/shown", Map.of("acl", ""), new byte[0]));
    assertTrue(list.contains("<ID>guest</ID>") && list.contains("<Permission>WRITE</Permission>"), list);
    shell.ask("s3.bucket.access shown -revoke guest");
    assertEquals(403, guest.get("/shown").statusCode());

    HttpRequest anonymous = HttpRequest.newBuilder(server.endpoint().resolve("/shown")).build();
    try (HttpClient nobody = HttpClient.newHttpClient()) {
      assertEquals(403, nobody.send(anonymous, HttpResponse.BodyHandlers.discarding()).statusCode());
      assertTrue(shell.ask("s3.bucket.access shown -acl public-read").path("public").asBoolean());
      assertEquals(200, nobody.send(anonymous, HttpResponse.BodyHandlers.discarding()).statusCode());
      shell.ask("s3.bucket.access shown -acl private");
      assertEquals(403, nobody.send(anonymous, HttpResponse.BodyHandlers.discarding()).statusCode());
    }

    shell.ask("s3.bucket.versioning shown -status enabled");
    assertTrue(text(client.send("GET", "/shown", Map.of("versioning", ""), new byte[0]))
        .contains("<Status>Enabled</Status>"));
    put("/shown/hay", "2");
    shell.ask("s3.bucket.versioning shown -status suspended");
    assertEquals("suspended", shell.ask("s3.bucket.versioning shown").path("versioning").asText());
    assertEquals(2, shell.ask("fs.versions /shown/hay").path("versions").size());
  }

  @Test
  void listsThatAreCutSaySo() throws Exception {
    shell.ask("s3.bucket.create lists");
    for (String name : List.of("a", "b b", "c")) {
      put("/lists/" + name, name);
    }
    String cut = shell.run("fs.ls /lists -limit 2; fs.tree /lists -limit 2").succeeded().out();
    assertTrue(cut.contains("cut after 2; go on with -after \"b b\""), cut);
    assertEquals("c\n", shell.run("fs.ls /lists -limit 2 -after \"b b\"").succeeded().out());
    JsonNode json = shell.ask("fs.ls /lists -limit 2");
    assertEquals("true b b", json.path("truncated").asText() + " " + json.path("next").asText());
    assertFails(1, "fs.du /lists/none", "there is nothing at /lists/none");
    assertFails(1, "s3.bucket.list -owner nobody", "there is no user nobody");
  }

  @Test
  void otherUsersMayDoNothing() throws Exception {
    JsonNode user = shell.ask("s3.user.create stranger");
    try (ShellProcess stranger = shell.as(user.path("accessKey").asText(), user.path("secretKey").asText())) {
      for (String command : List.of("s3.clean.uploads -apply", "s3.bucket.usage", "s3.user.disable root",
          "fs.rm /old/k -apply", "fs.cat /old/k")) {
        Run run = stranger.run(command);
        assertTrue(run.exitCode() == 1 && run.err().contains("is no administrator of"), command + run);
      }
      JsonNode json = new ObjectMapper().readTree(stranger.run("fs.rm /old/k -apply --json").out());
      assertEquals("NotAnAdministrator", json.path("error").path("code").asText());
    }
  }
}
