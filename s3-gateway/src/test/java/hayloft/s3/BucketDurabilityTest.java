package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BucketDurabilityTest {

  private static final String HEADER = "x-hayloft-durability";
  private static final String OS = "<DurabilityConfiguration><Durability>os</Durability></DurabilityConfiguration>";

  private final TestStore store = new TestStore();

  private Optional<Durability> kept() {
    return store.catalog.findBucket("photos").orElseThrow().durability();
  }

  @Test
  void createBucketTakesItFromItsHeader() {
    assertEquals(200, store.put("/photos", "", HEADER, "os").status());
    assertEquals(Optional.of(Durability.OS), kept());
    assertEquals("os", store.get("/photos?hayloft-durability").element("Durability"));
    assertEquals(200, store.put("/photos", "").status(), "a second create asks for nothing else");
    assertEquals("409 BucketAlreadyExists", codeOf(store.put("/photos", "", HEADER, "fsync")));
    FakeExchange bad = store.put("/videos", "", HEADER, "ram");
    assertEquals("400 InvalidArgument", codeOf(bad));
    assertEquals(HEADER, bad.element("ArgumentName"));
    assertEquals("ram", bad.element("ArgumentValue"));
    assertTrue(store.catalog.findBucket("videos").isEmpty());
  }

  @Test
  void itIsSetShownAndTakenAway() {
    store.withBucket("photos");
    assertEquals("404 NoSuchDurabilityConfiguration", codeOf(store.get("/photos?hayloft-durability")));
    assertEquals(200, store.put("/photos?hayloft-durability", OS).status());
    assertEquals(Optional.of(Durability.OS), kept());
    assertEquals("400 InvalidArgument", codeOf(store.put("/photos?hayloft-durability", OS.replace("os", "ram"))));
    assertEquals("400 MalformedXML", codeOf(store.put("/photos?hayloft-durability", "<DurabilityConfiguration/>")));
    assertEquals(Optional.of(Durability.OS), kept());
    assertEquals(204, store.send("DELETE", "/photos?hayloft-durability", "").status());
    assertEquals(Optional.empty(), kept());
    assertTrue(store.catalog.findBucket("photos").isPresent());
  }

  @Test
  void onlyTheOwnerAndAdminsMayTouchIt() {
    store.withBucket("photos");
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    for (String method : new String[]{"GET", "PUT", "DELETE"}) {
      assertEquals("403 AccessDenied", codeOf(
          store.send(store.request(method, "/photos?hayloft-durability", OS).with("x-test-key", "bob"))), method);
    }
    assertEquals(Optional.empty(), kept());
    assertEquals(200,
        store.send(store.request("PUT", "/photos?hayloft-durability", OS).with("x-test-key", "admin")).status());
  }

  @Test
  void everyMutationTellsTheBucketsOwn() {
    store.put("/photos", "", HEADER, "os");
    assertEquals("os", store.put("/photos/k", "x").header(HEADER));
    assertEquals("os", store.put("/photos/c", "", "x-amz-copy-source", "/photos/k").header(HEADER));
    String tags = "<Tagging><TagSet/></Tagging>";
    assertEquals("os", store.put("/photos/k?tagging", tags).header(HEADER));
    assertEquals("os", store.send("DELETE", "/photos/k?tagging", "").header(HEADER));
    assertEquals("os", store.put("/photos/k?acl", "", "x-amz-acl", "public-read").header(HEADER));
    FakeExchange created = store.send("POST", "/photos/up?uploads", "");
    assertEquals("fsync", created.header(HEADER), "what others hang on is always synced");
    String upload = "/photos/up?uploadId=" + created.element("UploadId");
    FakeExchange part = store.put(upload + "&partNumber=1", "12345");
    assertEquals("os", part.header(HEADER));
    assertEquals("os", store.put(upload + "&partNumber=2", "", "x-amz-copy-source", "/photos/k").header(HEADER));
    assertEquals("os", store.send("POST", upload, "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
        + part.header("etag") + "</ETag></Part></CompleteMultipartUpload>").header(HEADER));
    String other = "/photos/up?uploadId=" + store.send("POST", "/photos/up?uploads", "").element("UploadId");
    assertEquals("os", store.send("DELETE", other, "").header(HEADER));
    assertEquals("fsync", store.put("/photos?tagging", tags).header(HEADER));
    assertEquals("fsync", store.put("/photos?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>").header(HEADER));
    assertEquals("fsync", store.put("/photos?acl", "", "x-amz-acl", "private").header(HEADER));
    assertEquals("os", store.send("DELETE", "/photos/k", "").header(HEADER));
    assertEquals("os", store.send("POST", "/photos?delete", "<Delete><Object><Key>c</Key></Object></Delete>")
        .header(HEADER));
    store.put("/empty", "", HEADER, "os");
    assertEquals("os", store.send("DELETE", "/empty", "").header(HEADER));
  }
}
