package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import hayloft.filer.Versioning;
import java.util.List;
import org.junit.jupiter.api.Test;

class VersionsTest {

  private final TestStore store = new TestStore().withVersionedBucket("b");

  private String put(String body) {
    return String.valueOf(store.put("/b/k", body).header("x-amz-version-id"));
  }

  @Test
  void versionsAreReadByTheirIds() {
    String first = put("one");
    String second = put("two");
    assertEquals("two", store.get("/b/k").text());
    assertEquals("one", store.get("/b/k?versionId=" + first).text());
    assertEquals(second, store.get("/b/k").header("x-amz-version-id"));
    assertEquals("404 NoSuchVersion", codeOf(store.get("/b/k?versionId=none")));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b/k?versionId=")));
  }

  @Test
  void aDeleteMarkerHidesAndItsDeletionShowsAgain() {
    put("one");
    FakeExchange deleted = store.send("DELETE", "/b/k", "");
    String marker = String.valueOf(deleted.header("x-amz-version-id"));
    assertEquals("204 true", deleted.status() + " " + deleted.header("x-amz-delete-marker"));
    assertEquals("false", store.get("/b/never").header("x-amz-delete-marker"));
    FakeExchange hidden = store.get("/b/k");
    assertEquals("404 NoSuchKey", codeOf(hidden));
    assertEquals("true " + marker, hidden.header("x-amz-delete-marker") + " " + hidden.header("x-amz-version-id"));
    FakeExchange asked = store.get("/b/k?versionId=" + marker);
    assertEquals("405 MethodNotAllowed", codeOf(asked));
    assertEquals("true", asked.header("x-amz-delete-marker"));
    assertEquals("DELETE", asked.header("allow"));
    FakeExchange head = store.send("HEAD", "/b/k", "");
    assertEquals("404  true", head.status() + " " + head.text() + " " + head.header("x-amz-delete-marker"));
    FakeExchange undone = store.send("DELETE", "/b/k?versionId=" + marker, "");
    assertEquals("204 true " + marker,
        undone.status() + " " + undone.header("x-amz-delete-marker") + " " + undone.header("x-amz-version-id"));
    assertEquals("one", store.get("/b/k").text());
  }

  @Test
  void manyVersionsAreErasedAtOnce() {
    String first = put("one");
    String marker = String.valueOf(store.send("DELETE", "/b/k", "").header("x-amz-version-id"));
    FakeExchange answer = store.send("POST", "/b?delete", "<Delete><Object><Key>k</Key><VersionId>" + marker
        + "</VersionId></Object><Object><Key>k</Key><VersionId>" + first + "</VersionId></Object></Delete>");
    assertEquals(List.of(marker, first), answer.elements("VersionId"));
    assertEquals(List.of(marker), answer.elements("DeleteMarkerVersionId"));
    assertEquals(List.of(), store.get("/b?versions").elements("Key"));
    FakeExchange plain = store.send("POST", "/b?delete", "<Delete><Object><Key>k</Key></Object></Delete>");
    assertEquals("true", plain.element("DeleteMarker"));
    assertEquals("", plain.element("VersionId"));
  }

  @Test
  void ofDeletesWhoseThreadFailsTheOthersAreToldAll() {
    store.put("/b/one", "x");
    store.put("/b/two", "x");
    store.catalog.beforeDelete = key -> {
      if (key.equals("bad")) {
        throw new OutOfMemoryError("no buffers");
      }
      if (key.equals("worse")) {
        throw new AssertionError("a bug");
      }
    };
    FakeExchange answer = store.send("POST", "/b?delete",
        "<Delete><Object><Key>bad</Key></Object><Object><Key>one</Key>"
            + "</Object><Object><Key>worse</Key></Object><Object><Key>two</Key></Object></Delete>");
    assertEquals(200, answer.status());
    assertEquals(List.of("bad", "one", "worse", "two"), answer.elements("Key"));
    assertEquals(List.of("SlowDown", "InternalError"), answer.elements("Code"));
  }

  @Test
  void versionsAreListedInPages() {
    put("one");
    put("two");
    store.put("/b/other", "x");
    store.send("DELETE", "/b/k", "");
    FakeExchange all = store.get("/b?versions");
    assertEquals(List.of("k", "k", "k", "other"), all.elements("Key"));
    assertEquals(List.of("true", "false", "false", "true"), all.elements("IsLatest"));
    assertEquals(1, all.elements("DeleteMarker").size());
    assertEquals(3, all.elements("Version").size());
    StringBuilder walked = new StringBuilder();
    String target = "/b?versions&max-keys=1";
    for (int page = 0; page < 4; page++) {
      FakeExchange got = store.get(target);
      walked.append(got.element("Key")).append(got.element("VersionId")).append(' ');
      assertEquals(page < 3 ? "true" : "false", got.element("IsTruncated"));
      target = "/b?versions&max-keys=1&key-marker=" + got.element("NextKeyMarker") + "&version-id-marker="
          + got.element("NextVersionIdMarker");
    }
    List<String> ids = all.elements("VersionId");
    ids.removeIf(String::isEmpty);
    assertEquals("k" + ids.get(0) + " k" + ids.get(1) + " k" + ids.get(2) + " other" + ids.get(3) + " ",
        walked.toString());
    assertEquals("400 InvalidArgument", codeOf(store.get("/b?versions&version-id-marker=x")));
  }

  @Test
  void suspendedBucketsSayNull() {
    String first = put("one");
    store.catalog.updateBucket("b", bucket -> bucket.withVersioning(Versioning.SUSPENDED));
    assertNull(store.put("/b/k", "two").header("x-amz-version-id"), "not told on writes");
    assertEquals("one", store.get("/b/k?versionId=" + first).text());
    assertEquals("two", store.get("/b/k?versionId=null").text());
    assertEquals("null", store.send("DELETE", "/b/k", "").header("x-amz-version-id"));
  }

  @Test
  void tagsAndCopiesOfVersions() {
    String first = put("one");
    put("two");
    FakeExchange tagged = store.put("/b/k?tagging&versionId=" + first,
        "<Tagging><TagSet><Tag><Key>x</Key><Value>1</Value></Tag></TagSet></Tagging>");
    assertEquals(first, tagged.header("x-amz-version-id"));
    assertEquals("1", store.get("/b/k?versionId=" + first).header("x-amz-tagging-count"));
    assertNull(store.get("/b/k").header("x-amz-tagging-count"));
    FakeExchange restored = store.put("/b/k", "", "x-amz-copy-source", "/b/k?versionId=" + first);
    assertEquals("200 " + first, restored.status() + " " + restored.header("x-amz-copy-source-version-id"));
    assertEquals("one", store.get("/b/k").text());
  }
}
