package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.Bucket;
import hayloft.filer.BucketDeletion;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is a client told whose bucket is deleted between the decision that he may and the work?
final class BesideDeleteBucketTest {

  private static final Set<String> GONE = Set.of("404 NoSuchBucket", "404 NoSuchKey", "404 NoSuchUpload",
      "404 NoSuchTagSet");
  private static final String ACL = "<AccessControlPolicy><AccessControlList/></AccessControlPolicy>";
  private static final String TAGS = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
  private static final String VERSIONING = "<VersioningConfiguration>"
      + "<Status>Enabled</Status></VersioningConfiguration>";
  private static final String DURABILITY = "<DurabilityConfiguration>"
      + "<Durability>os</Durability></DurabilityConfiguration>";
  private static final String PARTS = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>00</ETag></Part>"
      + "</CompleteMultipartUpload>";

  private final TestStore store = new TestStore().withBucket("b");

  private void delete() {
    assertEquals(BucketDeletion.DELETED, store.catalog.deleteBucket(bucket()));
  }

  private Bucket bucket() {
    return store.catalog.findBucket("b").orElseThrow();
  }

  private FakeExchange send(Runnable meanwhile, String method, String target, String body) {
    FakeExchange exchange = store.request(method, target, body).with("x-test-key", "alice");
    exchange.onFork = meanwhile;
    return store.send(exchange);
  }

  @ParameterizedTest
  @CsvSource({"PUT,/b/large", "PUT,/b/k?tagging", "PUT,/b/k?acl", "POST,/b/k?uploads",
      "PUT,/b/k?partNumber=1&uploadId=",
      "POST,/b/k?uploadId=", "DELETE,/b/k?uploadId=", "DELETE,/b/k", "DELETE,/b/k?tagging",
      "DELETE,/b/k?versionId=null",
      "POST,/b?delete", "PUT,/b?acl", "PUT,/b?versioning", "PUT,/b?tagging", "DELETE,/b?tagging",
      "PUT,/b?hayloft-durability", "DELETE,/b?hayloft-durability", "DELETE,/b", "GET,/b", "GET,/b?list-type=2",
      "GET,/b?versions", "GET,/b?uploads", "GET,/b/k?uploadId=", "GET,/b/k?attributes", "GET,/b/k?tagging",
      "GET,/b/k?partNumber=1"})
  void nobodyIsToldOfAFault(String method, String target) {
    String upload = store.send("POST", "/b/k?uploads", "").element("UploadId");
    String body = !method.equals("GET") && !method.equals("DELETE") ? bodyOf(target) : "";
    FakeExchange exchange = store.request(method, target.endsWith("uploadId=") ? target + upload : target, body)
        .with("x-test-key", "alice");
    if (target.endsWith("attributes")) {
      exchange.with("x-amz-object-attributes", "ETag");
    }
    exchange.onFork = this::delete;
    store.send(exchange);
    assertTrue(exchange.forked, "decided on the event loop");
    if (exchange.status() >= 300) {
      assertTrue(GONE.contains(BucketsTest.codeOf(exchange)), exchange.status() + " " + exchange.text());
    } else if (target.equals("/b?delete")) {
      assertEquals(List.of("NoSuchBucket"), exchange.elements("Code"));
    } else {
      assertTrue(method.equals("GET"), "nothing was done, and yet " + exchange.status());
    }
  }

  private static String bodyOf(String target) {
    return switch (target.substring(target.indexOf('?') + 1)) {
      case "acl" -> ACL;
      case "tagging" -> TAGS;
      case "versioning" -> VERSIONING;
      case "hayloft-durability" -> DURABILITY;
      case "uploads" -> "";
      case "delete" -> "<Delete><Object><Key>k</Key></Object></Delete>";
      case "uploadId=" -> PARTS;
      default -> "x".repeat(20_000);
    };
  }

  @ParameterizedTest
  @CsvSource({"PUT,/b?acl", "PUT,/b?versioning", "PUT,/b?tagging", "DELETE,/b?tagging", "PUT,/b?hayloft-durability",
      "DELETE,/b?hayloft-durability"})
  void theNextBucketOfTheNameIsNotChanged(String method, String target) {
    FakeExchange exchange = send(() -> {
      delete();
      try {
        store.catalog.createBucket("b", TestStore.BOB.id(), "us-east-1", false, plain -> plain);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }, method, target, method.equals("PUT") ? bodyOf(target) : "");
    assertEquals("404 NoSuchBucket", BucketsTest.codeOf(exchange));
    Bucket bobs = bucket();
    assertEquals(new Bucket(bobs.id(), "b", TestStore.BOB.id(), "us-east-1", bobs.created(), bobs.versioning(), false,
        java.util.Map.of()), bobs);
    assertEquals(hayloft.filer.Versioning.UNVERSIONED, bobs.versioning());
  }

  @Test
  void aListOfAllBucketsIsNotWrittenOnTheEventLoop() {
    FakeExchange listed = store.get("/");
    assertEquals(List.of("b"), listed.elements("Name"));
    assertTrue(listed.forked);
  }
}
