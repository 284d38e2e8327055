package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.Versioning;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BucketsTest {

  private final TestStore store = new TestStore();

  @Test
  void aBucketIsCreatedOwnedListedAndDeleted() {
    FakeExchange created = store.put("/photos", "");
    assertEquals(200, created.status());
    assertEquals("/photos", created.header("location"));
    assertEquals("fsync", created.header("x-hayloft-durability"));
    assertEquals("id-alice", store.catalog.findBucket("photos").orElseThrow().ownerId());
    assertEquals("""
        <?xml version="1.0" encoding="UTF-8"?>
        <ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
        <Owner><ID>id-alice</ID><DisplayName>Alice</DisplayName></Owner><Buckets><Bucket><Name>photos</Name>\
        <CreationDate>2026-01-02T03:04:05.678Z</CreationDate><BucketRegion>us-east-1</BucketRegion></Bucket></Buckets>\
        </ListAllMyBucketsResult>""", store.get("/").text());
    assertEquals(204, store.send("DELETE", "/photos", "").status());
    assertEquals(404, store.send("HEAD", "/photos", "").status());
  }

  @Test
  void creatingAgainSucceedsForTheOwnerInUsEast1Only() {
    store.put("/photos", "");
    assertEquals(200, store.put("/photos", "").status());
    FakeExchange bobs = store.send(store.request("PUT", "/photos", "").with("x-test-key", "bob"));
    assertEquals(409, bobs.status());
    assertEquals("BucketAlreadyExists", bobs.element("Code"));
    TestStore elsewhere = new TestStore("eu-central-1");
    elsewhere.put("/photos", "");
    assertEquals("BucketAlreadyOwnedByYou", elsewhere.put("/photos", "").element("Code"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ab", "Upper", "under_score", "-dash", "dash-", "dot.", "a..b", "a.-b", "a-.b", "192.168.5.4",
      "xn--abc", "abc-s3alias", "a%20b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
  void badNamesAreRefused(String name) {
    FakeExchange refused = store.put("/" + name, "");
    assertEquals("400 InvalidBucketName", refused.status() + " " + refused.element("Code"));
  }

  @Test
  void locationConstraintsAreTheRegionOrUsEast1() {
    TestStore elsewhere = new TestStore("eu-central-1");
    String form = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>%s"
        + "</LocationConstraint></CreateBucketConfiguration>";
    assertEquals(200, elsewhere.put("/one", form.formatted("us-east-1")).status());
    assertEquals(200, elsewhere.put("/two", form.formatted("eu-central-1")).status());
    assertEquals("InvalidLocationConstraint", elsewhere.put("/three", form.formatted("mars-1")).element("Code"));
    assertEquals("MalformedXML", elsewhere.put("/three", "<Other/>").element("Code"));
    assertEquals(
        "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-central-1</LocationConstraint>",
        elsewhere.get("/two?location").text().lines().toList().getLast());
    store.put("/one", "");
    assertTrue(store.get("/one?location").text().endsWith("></LocationConstraint>"));
    assertEquals("us-east-1", store.send("HEAD", "/one", "").header("x-amz-bucket-region"));
    store.put("/two", form.formatted("us-east-1"));
    assertTrue(store.get("/two?location").text().endsWith(">us-east-1</LocationConstraint>"), "as it was asked for");
    assertEquals(List.of("one", "two"), store.get("/?bucket-region=us-east-1").elements("Name"));
  }

  @Test
  void strangersAreDeniedAndAdminsAreNot() {
    store.withBucket("photos");
    for (String target : List.of("/photos", "/photos/key", "/photos?versioning", "/photos?list-type=2")) {
      FakeExchange bobs = store.send(store.request("GET", target, "").with("x-test-key", "bob"));
      assertEquals("403 AccessDenied", bobs.status() + " " + bobs.element("Code"), target);
      assertEquals(403, store.send(store.request("GET", target, "")).status(), target);
    }
    assertEquals(200, store.send(store.request("GET", "/photos", "").with("x-test-key", "admin")).status());
    assertEquals(403, store.get("/photos", "x-amz-expected-bucket-owner", "id-bob").status());
    assertEquals(200, store.get("/photos", "x-amz-expected-bucket-owner", "id-alice").status());
    assertEquals(List.of(), store.send(store.request("GET", "/", "").with("x-test-key", "bob")).elements("Name"));
    assertEquals(List.of("photos"),
        store.send(store.request("GET", "/", "").with("x-test-key", "admin")).elements("Name"));
  }

  @Test
  void bucketsAreListedInPages() {
    for (String name : List.of("aaa", "aab", "bbb", "aac")) {
      store.withBucket(name);
    }
    FakeExchange first = store.get("/?prefix=aa&max-buckets=2");
    assertEquals(List.of("aaa", "aab"), first.elements("Name"));
    FakeExchange second = store
        .get("/?prefix=aa&max-buckets=2&continuation-token=" + first.element("ContinuationToken"));
    assertEquals(List.of("aac"), second.elements("Name"));
    assertEquals("", second.element("ContinuationToken"));
  }

  @Test
  void aBucketWithObjectsStays() {
    store.withBucket("photos").put("/photos/k", "x");
    assertEquals("409 BucketNotEmpty", codeOf(store.send("DELETE", "/photos", "")));
    assertTrue(store.catalog.findBucket("photos").isPresent());
  }

  @Test
  void anUnknownSubResourceDeletesNothing() {
    store.withBucket("photos");
    assertEquals("501 NotImplemented", codeOf(store.send("DELETE", "/photos?unknown", "")));
    assertEquals("501 NotImplemented", codeOf(store.send("DELETE", "/photos?policy", "")));
    assertEquals("405 MethodNotAllowed", codeOf(store.send("DELETE", "/photos?versioning", "")));
    assertTrue(store.catalog.findBucket("photos").isPresent());
  }

  @Test
  void versioningIsSetAndShown() {
    store.withBucket("photos");
    assertTrue(store.get("/photos?versioning").text().endsWith("\"></VersioningConfiguration>"));
    assertEquals(200, store.put("/photos?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>").status());
    assertEquals(Versioning.ENABLED, store.catalog.findBucket("photos").orElseThrow().versioning());
    assertEquals("Enabled", store.get("/photos?versioning").element("Status"));
    assertEquals("400 IllegalVersioningConfigurationException",
        codeOf(store.put("/photos?versioning", "<VersioningConfiguration/>")));
    assertEquals("400 MalformedXML", codeOf(
        store.put("/photos?versioning", "<VersioningConfiguration><Status>On</Status></VersioningConfiguration>")));
  }

  @Test
  void bucketTagsComeBackAsTheyWent() {
    store.withBucket("photos");
    assertEquals("404 NoSuchTagSet", codeOf(store.get("/photos?tagging")));
    assertEquals(204, store.put("/photos?tagging",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1 + ä</Value></Tag></TagSet></Tagging>").status());
    assertEquals("1 + ä", store.get("/photos?tagging").element("Value"));
    assertEquals("400 InvalidTag", codeOf(store.put("/photos?tagging",
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag></TagSet></Tagging>")));
    assertEquals(204, store.send("DELETE", "/photos?tagging", "").status());
    assertEquals("404 NoSuchTagSet", codeOf(store.get("/photos?tagging")));
  }

  static String codeOf(FakeExchange exchange) {
    return exchange.status() + " " + exchange.element("Code");
  }
}
