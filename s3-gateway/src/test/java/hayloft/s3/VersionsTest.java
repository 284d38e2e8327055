package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import hayloft.filer.Versioning;
import hayloft.filer.objects.VersionIds;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    assertEquals("404 NoSuchVersion", codeOf(store.get("/b/k?versionId=" + VersionIds.of(99))));
    assertEquals("404 NoSuchVersion", codeOf(store.get("/b/k?versionId=null")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "NULL", "%20null", "null%20", "0", "-1", "%00", "%C3%A4",
      "00000000000000070000000000000007", "3930608a-cb5a-45f3-8372-b14aeaa67fef"})
  void whatIsNoVersionIdIsAnInvalidArgument(String id) {
    String version = put("one");
    String xml = "<Tagging><TagSet/></Tagging>";
    String message = id.isEmpty() ? "Version id cannot be the empty string" : "Invalid version id specified";
    for (FakeExchange answer : List.of(store.get("/b/k?versionId=" + id), store.get("/b/none?versionId=" + id),
        store.get("/b/k?partNumber=1&versionId=" + id), store.send("DELETE", "/b/k?versionId=" + id, ""),
        store.send("DELETE", "/b/none?versionId=" + id, ""), store.get("/b/k?tagging&versionId=" + id),
        store.put("/b/k?tagging&versionId=" + id, xml), store.send("DELETE", "/b/k?tagging&versionId=" + id, ""),
        store.get("/b/k?acl&versionId=" + id), store.put("/b/k?acl&versionId=" + id, "", "x-amz-acl", "private"),
        store.get("/b/k?attributes&versionId=" + id, "x-amz-object-attributes", "ETag"),
        store.put("/b/copy", "", "x-amz-copy-source", "/b/k?versionId=" + id))) {
      assertEquals("400 InvalidArgument " + message, codeOf(answer) + " " + answer.element("Message"));
    }
    assertEquals(400, store.send("HEAD", "/b/k?versionId=" + id, "").status());
    String upload = store.send("POST", "/b/parts?uploads", "").element("UploadId");
    FakeExchange part = store.put("/b/parts?partNumber=1&uploadId=" + upload, "", "x-amz-copy-source",
        "/b/k?versionId=" + id);
    assertEquals("400 InvalidArgument", codeOf(part));
    assertEquals(version, store.get("/b/k").header("x-amz-version-id"), "nothing happened");
  }

  @Test
  void idsThatAreNoneAreRefusedEntryByEntry() {
    String version = put("one");
    FakeExchange answer = store.send("POST", "/b?delete", "<Delete><Object><Key>k</Key><VersionId>none</VersionId>"
        + "</Object><Object><Key>k</Key><VersionId>" + version + "</VersionId></Object></Delete>");
    assertEquals("200 InvalidArgument", answer.status() + " " + answer.element("Code"));
    assertEquals(List.of("none", version), answer.elements("VersionId"));
    assertEquals(404, store.get("/b/k").status());
  }

  @Test
  void markersThatAreNoneAreRefused() {
    put("one");
    for (String target : List.of("/b?versions&key-marker=k&version-id-marker=none",
        "/b?uploads&key-marker=k&upload-id-marker=none")) {
      assertEquals("400 InvalidArgument", codeOf(store.get(target)), target);
    }
    assertEquals(200, store.get("/b?versions&key-marker=k&version-id-marker=null").status());
    assertEquals(200, store.get("/b?uploads&upload-id-marker=none").status(), "ignored without a key");
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
