package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListingTest {

  private final TestStore store = new TestStore().withBucket("b");

  private void keys(String... keys) {
    for (String key : keys) {
      store.put("/b/" + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20"), "x");
    }
  }

  @Test
  void theFirstListing() {
    keys("a&b");
    assertEquals(
        """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>\
            <Prefix></Prefix><Marker></Marker>\
            <MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Contents><Key>a&amp;b</Key>\
            <LastModified>2026-01-02T03:04:05.678Z</LastModified>\
            <ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag>\
            <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
            <Size>1</Size><StorageClass>STANDARD</StorageClass>\
            <Owner><ID>id-alice</ID><DisplayName>Alice</DisplayName></Owner>\
            </Contents></ListBucketResult>""",
        store.get("/b").text());
  }

  @Test
  void theSecondListing() {
    keys("a", "b/c", "b/d");
    assertEquals(
        """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix></Prefix>\
            <KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType>\
            <IsTruncated>false</IsTruncated><Contents><Key>a</Key>\
            <LastModified>2026-01-02T03:04:05.678Z</LastModified>\
            <ETag>&quot;9dd4e461268c8034f5c8564e155c67a6&quot;</ETag>\
            <ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>\
            <Size>1</Size><StorageClass>STANDARD</StorageClass></Contents>\
            <CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>\
            </ListBucketResult>""",
        store.get("/b?list-type=2&delimiter=/&encoding-type=url").text());
  }

  @Test
  void markersContinueTheFirstListing() {
    keys("a", "b/1", "b/2", "c", "d");
    FakeExchange first = store.get("/b?max-keys=2&delimiter=/");
    assertEquals(List.of("a"), first.elements("Key"));
    assertEquals("true b/", first.element("IsTruncated") + " " + first.element("NextMarker"));
    FakeExchange second = store.get("/b?max-keys=2&delimiter=/&marker=b/");
    assertEquals(List.of("c", "d"), second.elements("Key"));
    assertEquals("false ", second.element("IsTruncated") + " " + second.element("NextMarker"));
    assertEquals("", store.get("/b?max-keys=2").element("NextMarker"), "only with a delimiter");
  }

  /// boto3 asks for `encoding-type=url` by itself, and does not decode the Prefix of the first listing.
  @Test
  void thePrefixOfTheFirstListingIsAsItIsWhereDecodingChangesNothing() {
    assertEquals("&#xa;a ä", store.get("/b?encoding-type=url&prefix=%0Aa%20%C3%A4").element("Prefix"));
    assertEquals("a%2Bb%20c", store.get("/b?encoding-type=url&prefix=a%2Bb%20c").element("Prefix"));
    assertEquals("%01", store.get("/b?encoding-type=url&prefix=%01").element("Prefix"));
    assertEquals("%C3%A4", store.get("/b?list-type=2&encoding-type=url&prefix=%C3%A4").element("Prefix"));
  }

  @Test
  void tokensContinueTheSecondListing() {
    keys("a", "b", "c", "d", "e");
    FakeExchange first = store.get("/b?list-type=2&max-keys=2&start-after=a");
    assertEquals(List.of("b", "c"), first.elements("Key"));
    assertEquals("2 true a",
        first.element("KeyCount") + " " + first.element("IsTruncated") + " " + first.element("StartAfter"));
    String token = first.element("NextContinuationToken");
    FakeExchange second = store.get("/b?list-type=2&max-keys=2&start-after=a&continuation-token=" + token);
    assertEquals(List.of("d", "e"), second.elements("Key"));
    assertEquals(token, second.element("ContinuationToken"));
    assertFalse(second.text().contains("NextContinuationToken"));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b?list-type=2&continuation-token=$$")));
    assertEquals(5, store.get("/b?list-type=2&continuation-token=").elements("Key").size());
  }

  @Test
  void ownersComeOnDemand() {
    keys("a");
    assertEquals("", store.get("/b?list-type=2").element("DisplayName"));
    assertEquals("Alice", store.get("/b?list-type=2&fetch-owner=true").element("DisplayName"));
  }

  @ParameterizedTest
  @CsvSource({"0,200,0", "5000,200,1000", "'',200,1000", "-1,400,''", "many,400,''", "99999999999,400,''"})
  void maxKeys(String asked, int status, String shown) {
    keys("a");
    for (String form : List.of("/b?", "/b?list-type=2&", "/b?versions&")) {
      FakeExchange answer = store.get(form + "max-keys=" + asked);
      assertEquals(status, answer.status(), form);
      assertEquals(shown, answer.element("MaxKeys"), form);
      if (asked.equals("0")) {
        assertEquals("false", answer.element("IsTruncated"), form);
      }
    }
  }

  @Test
  void encodedKeysCanBeReadByEveryXmlParser() {
    keys("foo+1/bar", "quux ab/thud", "asdf+b", "new\nline", "\u0001");
    FakeExchange answer = store.get("/b?encoding-type=url&delimiter=/");
    assertEquals(List.of("%01", "asdf%2Bb", "new%0Aline"), answer.elements("Key"));
    assertTrue(answer.text().contains("<Prefix>foo%2B1/</Prefix>"));
    assertTrue(answer.text().contains("<Prefix>quux%20ab/</Prefix>"));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b?encoding-type=base64")));
    assertTrue(store.get("/b").text().contains("<Key>&#x1;</Key>"));
  }

  @Test
  void anyDelimiterAndAnEmptyOne() {
    keys("aXXb", "aXXc", "d");
    assertEquals(List.of("d"), store.get("/b?delimiter=XX").elements("Key"));
    FakeExchange none = store.get("/b?delimiter=");
    assertEquals(3, none.elements("Key").size());
    assertFalse(none.text().contains("Delimiter"));
  }

  @Test
  void pagesOfAnySizeContainEveryKeyOnce() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    TreeSet<String> keys = new TreeSet<>();
    for (int i = 0; i < 60; i++) {
      keys.add("ab/+ ".charAt(random.nextInt(5)) + Integer.toString(random.nextInt(500), 36));
    }
    keys(keys.toArray(String[]::new));
    for (int size = 1; size < 8; size++) {
      List<String> walked = new ArrayList<>();
      String token = "";
      do {
        FakeExchange page = store.get("/b?list-type=2&max-keys=" + size
            + (token.isEmpty() ? "" : "&continuation-token=" + token));
        walked.addAll(page.elements("Key"));
        token = page.element("NextContinuationToken");
      } while (!token.isEmpty());
      assertEquals(new ArrayList<>(keys), walked, () -> "seed " + seed);
    }
  }

  @Test
  void aMissingBucketIsSaid() {
    FakeExchange answer = store.get("/none?list-type=2");
    assertEquals("404 NoSuchBucket", codeOf(answer));
    assertEquals("none", answer.element("BucketName"));
    assertEquals("/none", answer.element("Resource"));
    assertEquals(answer.header("x-amz-request-id"), answer.element("RequestId"));
  }
}
