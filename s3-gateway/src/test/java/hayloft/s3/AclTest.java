package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclTest {

  private static final String ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers";

  private final TestStore store = new TestStore().withBucket("photos");

  private FakeExchange as(String who, String method, String target, String... headers) {
    FakeExchange exchange = store.request(method, target, method.equals("PUT") ? "body" : "");
    if (!who.equals("nobody")) {
      exchange.with("x-test-key", who);
    }
    for (int i = 0; i < headers.length; i += 2) {
      exchange.with(headers[i], headers[i + 1]);
    }
    return store.send(exchange);
  }

  private int statusAs(String who, String method, String target, String... headers) {
    return as(who, method, target, headers).status();
  }

  private static String policy(String ownerId, String grants) {
    return "<AccessControlPolicy xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Owner><ID>" + ownerId
        + "</ID></Owner><AccessControlList>" + grants + "</AccessControlList></AccessControlPolicy>";
  }

  private static String grant(String id, String permission) {
    return "<Grant><Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>"
        + id
        + "</ID></Grantee><Permission>" + permission + "</Permission></Grant>";
  }

  @ParameterizedTest
  @CsvSource({"private, 403, 403, 403", "public-read, 200, 403, 403", "public-read-write, 200, 200, 403",
      "authenticated-read, 403, 403, 403"})
  void cannedListsOfABucketSayWhatNobodyMay(String canned, int list, int put, int settings) {
    assertEquals(200, store.put("/photos?acl", "", "x-amz-acl", canned).status());
    assertEquals(list, statusAs("nobody", "GET", "/photos?list-type=2"));
    assertEquals(list, statusAs("nobody", "HEAD", "/photos"));
    assertEquals(put, statusAs("nobody", "PUT", "/photos/key"));
    assertEquals(settings, statusAs("nobody", "GET", "/photos?acl"));
    assertEquals(settings, statusAs("nobody", "GET", "/photos?versioning"));
    assertEquals(settings, statusAs("nobody", "DELETE", "/photos"));
    assertEquals(canned.equals("private") ? 403 : 200, statusAs("bob", "GET", "/photos?list-type=2"));
    assertEquals(200, statusAs("admin", "GET", "/photos?acl"));
  }

  @ParameterizedTest
  @CsvSource({"private, 403, 403", "public-read, 200, 200", "public-read-write, 200, 200",
      "authenticated-read, 403, 200"})
  void cannedListsOfAnObjectSayWhoMayReadIt(String canned, int nobody, int bob) {
    assertEquals(200, store.put("/photos/key", "x", "x-amz-acl", canned).status());
    assertEquals(nobody, statusAs("nobody", "GET", "/photos/key"));
    assertEquals(nobody, statusAs("nobody", "HEAD", "/photos/key"));
    assertEquals(bob, statusAs("bob", "GET", "/photos/key"));
    assertEquals(403, statusAs("bob", "PUT", "/photos/key"));
    assertEquals(403, statusAs("bob", "DELETE", "/photos/key"));
    assertEquals(403, statusAs("bob", "GET", "/photos/key?acl"));
    assertEquals(200, store.get("/photos/key").status());
  }

  @Test
  void aListIsReplacedAndShownGroupsFirst() {
    store.put("/photos/key", "x");
    String grants = grant("id-alice", "FULL_CONTROL") + "<Grant><Grantee><URI>" + ALL_USERS
        + "</URI></Grantee><Permission>READ</Permission></Grant>" + grant("id-bob", "READ_ACP");
    for (String target : List.of("/photos?acl", "/photos/key?acl")) {
      assertEquals(200, store.put(target, policy("id-alice", grants)).status());
      FakeExchange shown = store.get(target);
      assertEquals(List.of("READ", "FULL_CONTROL", "READ_ACP"), shown.elements("Permission"));
      assertEquals(List.of("id-alice", "id-alice", "id-bob"), shown.elements("ID"));
      assertEquals(List.of("Alice", "Alice", "Bob"), shown.elements("DisplayName"));
      assertTrue(shown.text().contains("xsi:type=\"Group\"><URI>" + ALL_USERS));
      assertEquals(200, statusAs("bob", "GET", target));
      assertEquals(403, statusAs("bob", "PUT", target, "x-amz-acl", "private"));
      assertEquals(403, statusAs("nobody", "GET", target));
      assertEquals(200, store.put(target, "", "x-amz-acl", "private").status());
      assertEquals(List.of("FULL_CONTROL"), store.get(target).elements("Permission"));
      assertEquals(403, statusAs("bob", "GET", target));
    }
    assertEquals("", store.catalog.findBucket("photos").orElseThrow().settings().getOrDefault("acl", ""));
  }

  @Test
  void ownersKeepTheirListsWhateverTheySay() {
    store.put("/photos/key", "x");
    assertEquals(200, store.put("/photos?acl", policy("id-alice", "")).status());
    assertEquals(200, store.put("/photos/key?acl", policy("id-alice", "")).status());
    assertEquals(List.of(), store.get("/photos?acl").elements("Permission"));
    assertEquals(List.of(), store.get("/photos/key?acl").elements("Permission"));
    assertEquals(200, store.put("/photos?acl", "", "x-amz-acl", "private").status());
    assertEquals(200, store.put("/photos/key?acl", "", "x-amz-acl", "private").status());
  }

  @Test
  void grantHeadersCountWhereverThingsAreMade() {
    String[] grants = {"x-amz-grant-read", "id=\"id-bob\", uri=" + ALL_USERS, "x-amz-grant-write-acp", "id=id-bob"};
    assertEquals(200, store.put("/shared", "", grants).status());
    assertEquals(200, store.put("/photos/key", "x", grants).status());
    for (String target : List.of("/shared?acl", "/photos/key?acl")) {
      assertEquals(List.of("READ", "READ", "WRITE_ACP"), store.get(target).elements("Permission"), target);
    }
    assertEquals(200, statusAs("nobody", "GET", "/shared"));
    FakeExchange begun = store.send("POST", "/photos/big?uploads", "", grants);
    String id = begun.element("UploadId");
    String etag = String.valueOf(store.put("/photos/big?uploadId=" + id + "&partNumber=1", "part").header("etag"));
    assertEquals(200, store.send("POST", "/photos/big?uploadId=" + id, "<CompleteMultipartUpload><Part><PartNumber>1"
        + "</PartNumber><ETag>" + etag + "</ETag></Part></CompleteMultipartUpload>").status());
    assertEquals(200, statusAs("nobody", "GET", "/photos/big"));
    store.put("/photos/copy", "", "x-amz-copy-source", "/photos/big", "x-amz-acl", "public-read");
    assertEquals(200, statusAs("nobody", "GET", "/photos/copy"));
    store.put("/photos/copy2", "", "x-amz-copy-source", "/photos/big");
    assertEquals(403, statusAs("nobody", "GET", "/photos/copy2"));
  }

  @ParameterizedTest
  @CsvSource({"x-amz-acl, open-to-all, InvalidArgument", "x-amz-grant-read, id=id-carol, InvalidArgument",
      "x-amz-grant-read, uri=http://example.org/all, InvalidArgument", "x-amz-grant-read, everybody, InvalidArgument",
      "x-amz-grant-read, emailAddress=a@example.org, UnresolvableGrantByEmailAddress"})
  void whatCannotBeGrantedIsRefused(String header, String value, String code) {
    assertEquals("400 " + code, brief(store.put("/photos?acl", "", header, value)));
    assertEquals("400 " + code, brief(store.put("/photos/key", "x", header, value)));
    assertEquals("400 " + code, brief(store.put("/other", "", header, value)));
    assertEquals(404, store.get("/photos/key").status());
    assertEquals(404, store.get("/other").status());
  }

  private static String brief(FakeExchange answer) {
    return answer.status() + " " + answer.element("Code");
  }

  @Test
  void documentsThatSayNothingAreRefused() {
    assertEquals("400 MissingSecurityHeader", brief(store.put("/photos?acl", "")));
    assertEquals("400 MalformedACLError", brief(store.put("/photos?acl", "<AccessControlPolicy/>")));
    assertEquals("400 MalformedACLError",
        brief(store.put("/photos?acl", policy("id-alice", grant("id-bob", "EVERYTHING")))));
    assertEquals("400 InvalidArgument", brief(store.put("/photos?acl", policy("id-alice", grant("carol", "READ")))));
    assertEquals("403 AccessDenied", brief(store.put("/photos?acl", policy("id-bob", ""))));
    assertEquals("400 UnexpectedContent", brief(store.put("/photos?acl", policy("id-alice", ""), "x-amz-acl",
        "private")));
    assertEquals("400 InvalidRequest", brief(store.put("/photos?acl", "", "x-amz-acl", "private", "x-amz-grant-read",
        "id=id-bob")));
    assertEquals("400 MalformedACLError",
        brief(store.put("/photos?acl", policy("id-alice", grant("id-bob", "READ").repeat(101)))));
  }

  @Test
  void objectsBelongToWhoWroteThem() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    assertEquals(200, statusAs("bob", "PUT", "/photos/bobs"));
    assertEquals(200, statusAs("bob", "PUT", "/photos/given", "x-amz-acl", "bucket-owner-full-control"));
    assertEquals(200, statusAs("bob", "PUT", "/photos/lent", "x-amz-acl", "bucket-owner-read"));
    assertEquals(200, statusAs("bob", "GET", "/photos/bobs"));
    assertEquals("id-bob", as("bob", "GET", "/photos/bobs?acl").elements("ID").getFirst());
    assertEquals(403, store.get("/photos/bobs").status());
    assertEquals(403, store.get("/photos/bobs?acl").status());
    assertEquals(200, store.get("/photos/given").status());
    assertEquals(200, store.get("/photos/given?acl").status());
    assertEquals(200, store.get("/photos/lent").status());
    assertEquals(403, store.get("/photos/lent?acl").status());
    assertEquals(200, store.get("/photos/bobs?tagging").status());
    assertEquals(200, statusAs("admin", "GET", "/photos/bobs"));
    assertEquals(204, store.send("DELETE", "/photos/bobs", "").status());
  }

  @Test
  void missingKeysAreForbiddenToWhoMayNotList() {
    for (String target : List.of("/photos/none", "/photos/none?versionId=null", "/photos/none?acl")) {
      assertEquals(403, statusAs("bob", "GET", target));
    }
    assertEquals(403, statusAs("nobody", "HEAD", "/photos/none"));
    store.put("/photos?acl", "", "x-amz-acl", "public-read");
    assertEquals(404, statusAs("nobody", "HEAD", "/photos/none"));
    assertEquals("404 NoSuchKey", brief(as("bob", "GET", "/photos/none")));
  }

  @Test
  void nobodyHasNoBucketsAndNoUploads() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    assertEquals(403, statusAs("nobody", "GET", "/"));
    assertEquals(403, statusAs("nobody", "PUT", "/mine"));
    assertEquals(403, statusAs("nobody", "POST", "/photos/big?uploads"));
    assertEquals(200, statusAs("nobody", "PUT", "/photos/small", "x-amz-acl", "public-read"));
    assertEquals(200, store.get("/photos/small").status());
    assertEquals(204, statusAs("nobody", "DELETE", "/photos/small"));
    assertEquals("404 NoSuchBucket", brief(as("nobody", "GET", "/none/key")));
  }

  @Test
  void uploadsAreContinuedByWhoBeganThem() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    String id = as("bob", "POST", "/photos/big?uploads").element("UploadId");
    String part = "/photos/big?uploadId=" + id + "&partNumber=1";
    assertEquals(403, statusAs("nobody", "PUT", part));
    assertEquals(403, statusAs("nobody", "GET", "/photos/big?uploadId=" + id));
    assertEquals(403, statusAs("nobody", "DELETE", "/photos/big?uploadId=" + id));
    assertEquals(200, statusAs("bob", "PUT", part));
    assertEquals(200, statusAs("bob", "GET", "/photos/big?uploadId=" + id));
    assertEquals(204, store.send("DELETE", "/photos/big?uploadId=" + id, "").status());
  }

  @Test
  void versionsAreErasedByTheBucketsOwnerAlone() {
    store.withVersionedBucket("kept").put("/kept?acl", "", "x-amz-acl", "public-read-write");
    String version = String.valueOf(as("bob", "PUT", "/kept/key").header("x-amz-version-id"));
    assertEquals(403, statusAs("bob", "DELETE", "/kept/key?versionId=" + version));
    FakeExchange several = store.send(store.request("POST", "/kept?delete", "<Delete><Object><Key>key</Key><VersionId>"
        + version + "</VersionId></Object></Delete>").with("x-test-key", "bob"));
    assertEquals("AccessDenied", several.element("Code"));
    assertEquals(204, statusAs("bob", "DELETE", "/kept/key"));
    assertEquals(204, store.send("DELETE", "/kept/key?versionId=" + version, "").status());
  }

  @Test
  void aListIsSetOnTheVersionThatIsNamed() {
    store.withVersionedBucket("kept");
    String first = String.valueOf(store.put("/kept/key", "1").header("x-amz-version-id"));
    store.put("/kept/key", "2");
    store.put("/kept/key?acl&versionId=" + first, "", "x-amz-acl", "public-read");
    assertEquals(200, statusAs("nobody", "GET", "/kept/key?versionId=" + first));
    assertEquals(403, statusAs("nobody", "GET", "/kept/key"));
  }

  @Test
  void aSourceMustBeReadable() {
    store.put("/photos/secret", "x");
    store.put("/photos/open", "x", "x-amz-acl", "public-read");
    assertEquals(200, store.send(store.request("PUT", "/bobs", "").with("x-test-key", "bob")).status());
    assertEquals(403, statusAs("bob", "PUT", "/bobs/copy", "x-amz-copy-source", "/photos/secret"));
    assertEquals(403, statusAs("bob", "PUT", "/bobs/copy", "x-amz-copy-source", "/photos/none"));
    assertEquals(200, statusAs("bob", "PUT", "/bobs/copy", "x-amz-copy-source", "/photos/open"));
  }

  @Test
  void aListNeverLandsOnAnObjectThatReplacedTheOneItWasMeantFor() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    assertEquals(200, statusAs("bob", "PUT", "/photos/key"));
    store.catalog.beforeChange = () -> {
      store.catalog.beforeChange = () -> {};
      store.put("/photos/key", "Alice's");
    };
    FakeExchange late = store.send(
        store.request("PUT", "/photos/key?acl", "").with("x-test-key", "bob").with("x-amz-acl", "public-read"));
    assertEquals("403 AccessDenied", BucketsTest.codeOf(late));
    assertEquals(403, statusAs("nobody", "GET", "/photos/key"));
    assertEquals("Alice's", store.get("/photos/key").text());
  }

  @Test
  void aBucketIsNeverThereWithoutTheListItWasAskedFor() {
    store.catalog.mutations = 0;
    assertEquals(200, store.put("/shared", "", "x-amz-acl", "public-read").status());
    assertEquals(1, store.catalog.mutations);
    assertEquals(200, statusAs("nobody", "HEAD", "/shared"));
  }

  @Test
  void creatingAgainChangesNoList() {
    assertEquals(200, store.put("/open", "", "x-amz-acl", "public-read").status());
    assertEquals(200, store.put("/open", "", "x-amz-acl", "public-read").status());
    assertEquals("409 BucketAlreadyExists", brief(store.put("/open", "")));
    assertEquals("409 BucketAlreadyExists", brief(store.put("/photos", "", "x-amz-acl", "public-read")));
    assertEquals(200, statusAs("nobody", "GET", "/open"));
    assertEquals(403, statusAs("nobody", "GET", "/photos"));
  }
}
