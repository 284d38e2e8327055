package hayloft.cli.admin;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.volume.StoreOnDisk;
import hayloft.filer.Bucket;
import hayloft.filer.ObjectDraft;
import hayloft.filer.User;
import hayloft.filer.Versioning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is cut says so and where to go on; what is not there is not taken for empty.
final class ListingCommandsTest {

  private static final List<String> KEYS = List.of("a", "cows/", "cows/a/1", "cows/a/2", "cows/b", "cows-2", "dogs/x",
      "z z", "\u00e4/1", "\uffee", "\ud83d\udc04/1");

  @TempDir
  private static Path temp = Path.of("");
  @SuppressWarnings("NullAway.Init")
  private static StoreOnDisk store;
  @SuppressWarnings("NullAway.Init")
  private static Asking server;

  @BeforeAll
  static void open() throws Exception {
    store = new StoreOnDisk(temp.resolve("data"));
    server = new Asking(store.rooms().catalog());
    Bucket barn = store.bucket("barn", Versioning.ENABLED);
    store.bucket("barn-2", Versioning.UNVERSIONED);
    for (String key : KEYS) {
      store.put(barn, key, key.getBytes(UTF_8));
    }
    store.put(barn, "a", "again".getBytes(UTF_8));
    store.put(store.bucket("coop", Versioning.UNVERSIONED), "hen", "egg".getBytes(UTF_8));
    for (String id : List.of("root", "alice", "bob")) {
      store.rooms().catalog().putUser(new User(id, id, "KEY-" + id, "secret-of-" + id, id.equals("root")));
    }
  }

  @AfterAll
  static void close() throws Exception {
    store.close();
  }

  private static List<String> texts(JsonNode rows, String field) {
    List<String> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(row.path(field).asText()));
    return texts;
  }

  private static List<String> pages(String command, String arguments, String rows, String field) throws IOException {
    List<String> all = new ArrayList<>();
    String next = "";
    do {
      assertTrue(all.size() < 100, next);
      JsonNode page = server.ask(command, arguments + (next.isEmpty() ? "" : ",'after':'" + next + "'") + "}");
      assertTrue(page.path(rows).size() <= 2, page.toString());
      all.addAll(texts(page.path(rows), field));
      next = page.path("next").asText();
    } while (!next.isEmpty());
    return all;
  }

  @Test
  void listsOfNamesGoOnByPages() throws IOException {
    assertEquals(List.of("alice", "bob", "root"), pages("s3.user.list", "{'limit':2", "users", "id"));
    assertEquals(List.of("barn", "barn-2", "coop"), pages("s3.bucket.list", "{'limit':1", "buckets", "name"));
    assertEquals(List.of("barn/", "barn-2/", "coop/"), pages("fs.ls", "{'path':'/','limit':2", "entries", "name"));
    assertEquals(texts(server.ask("fs.ls", "{'path':'/barn','recursive':true}").path("entries"), "name"),
        pages("fs.ls", "{'path':'/barn','recursive':true,'limit':2", "entries", "name"));
    assertEquals(3, server.ask("s3.user.list", "{}").path("users").size(), "all, if nobody asks for pages");
  }

  private static void leaves(JsonNode tree, String above, List<String> into) {
    for (JsonNode child : tree.path("children")) {
      String name = above + child.path("name").asText();
      if (child.has("sizeBytes")) {
        into.add(name);
      } else {
        leaves(child, name, into);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 1000})
  void aTreeGoesOnWhereItWasCut(int limit) throws IOException {
    for (String path : List.of("/", "/barn")) {
      List<String> drawn = new ArrayList<>();
      String next = "";
      int drawings = 0;
      do {
        assertTrue(drawings++ < 100, next);
        JsonNode tree = server.ask("fs.tree", "{'path':'" + path + "','depth':9,'limit':" + limit
            + (next.isEmpty() ? "" : ",'after':'" + next + "'") + "}");
        assertEquals(tree.has("next"), tree.path("cut").asBoolean());
        leaves(tree, "", drawn);
        next = tree.path("next").asText();
      } while (!next.isEmpty());
      List<String> expected = new ArrayList<>();
      for (String key : texts(server.ask("fs.ls", "{'path':'/barn','recursive':true}").path("entries"), "name")) {
        expected.add(path.equals("/") ? "barn/" + key : key);
      }
      if (path.equals("/")) {
        expected.add("coop/hen");
      }
      // listings have "cows-2" before "cows/": the same order
      assertEquals(expected, drawn, path + " by " + limit);
    }
  }

  @Test
  void whatJustFitsIsNotCut() throws IOException {
    JsonNode tree = server.ask("fs.tree", "{'path':'/coop','limit':1}");
    assertFalse(tree.path("cut").asBoolean() || tree.has("next"), tree.toString());
  }

  @Test
  void uploadsGoOnWhereTheListWasCut() throws Exception {
    Bucket bucket = store.bucket("uploads", Versioning.UNVERSIONED);
    var draft = new ObjectDraft(Map.of(), Map.of(), Map.of(), "owner", "STANDARD", Optional.empty());
    for (int i = 0; i < 1003; i++) {
      store.rooms().catalog().createUpload(bucket, "film" + i / 1002, draft, Optional.empty(), false);
    }
    JsonNode first = server.ask("s3.clean.uploads", "{'timeAgoSeconds':0}");
    assertTrue(first.path("truncated").asBoolean());
    assertEquals("1003 1000", first.path("count") + " " + first.path("uploads").size());
    JsonNode next = first.path("next");
    JsonNode rest = server.ask("s3.clean.uploads", "{'timeAgoSeconds':0,'after':'" + next.path("after").asText()
        + "','afterUpload':'" + next.path("afterUpload").asText() + "'}");
    assertEquals(3, rest.path("uploads").size(), rest.toString());
    assertFalse(rest.path("truncated").asBoolean() || rest.has("next"));
    var ids = new TreeSet<>(texts(first.path("uploads"), "uploadId"));
    ids.addAll(texts(rest.path("uploads"), "uploadId"));
    assertEquals(1003, ids.size());
    server.refused(400, "-afterUpload goes with -after", "s3.clean.uploads", "{'afterUpload':'x'}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fs.ls", "fs.tree", "fs.du", "fs.verify"})
  void whatIsNotThereIsNotTakenForEmpty(String command) throws IOException {
    server.refused(404, "there is nothing at /barn/none", command, "{'path':'/barn/none'}");
    server.refused(404, "there is nothing at /barn/cow", command, "{'path':'/barn/cow'}");
    server.refused(404, "there is nothing at /barn-2/cows/", command, "{'path':'barn-2/cows/'}");
    server.refused(404, "there is no bucket nowhere", command, "{'path':'/nowhere/k'}");
    server.ask(command, "{'path':'/barn/cows'}");
    server.ask(command, "{'path':'/barn/a'}");
    server.ask(command, "{'path':'/barn-2'}");
  }

  @Test
  void anOwnerWhoIsNotThereHasNoList() throws IOException {
    server.refused(404, "there is no user nobody", "s3.bucket.list", "{'owner':'nobody'}");
    assertEquals(0, server.ask("s3.bucket.list", "{'owner':'alice'}").path("buckets").size());
    assertTrue(server.ask("s3.bucket.list", "{'owner':'owner'}").path("buckets").size() >= 3,
        "of one who was deleted, with force");
  }

  @Test
  void theLastKeyOfTheLastAdministratorStays() throws IOException {
    server.refused(409, "is the administrator's", "s3.accesskey.delete", "{'accessKey':'KEY-root','apply':true}");
    server.refused(409, "the only one of user alice", "s3.accesskey.delete", "{'accessKey':'KEY-alice','apply':true}");
    server.refused(404, "there is no access key NONE", "s3.accesskey.delete", "{'accessKey':'NONE'}");
  }

  @Test
  void optionsAreNamedAsTheyAreTyped() {
    server.refused(400, "-olderThan must be a whole number", "s3.bucket.prune",
        "{'bucket':'barn','olderThanSeconds':-1}");
    server.refused(400, "-depth must be a whole number from 1", "fs.tree", "{'depth':0}");
    server.refused(400, "-rate must be a whole number", "fs.verify", "{'bytesPerSecond':-1}");
  }
}
