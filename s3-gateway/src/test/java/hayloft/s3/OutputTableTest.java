package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.objects.VersionIds;
import hayloft.s3.ModelTable.Member;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// What S3's model lets a server answer (`outputs.txt`): each member is answered by some request here, or left out for
/// a reason (`left-out.txt`), and not both.
class OutputTableTest {

  private static final String ALL = "ETag,Checksum,ObjectParts,StorageClass,ObjectSize";

  private final TestStore store = new TestStore("eu-west-7").withVersionedBucket("barn");
  private final Map<String, Set<String>> seen = new HashMap<>();

  /// Sends a request and notes what its answer holds.
  private FakeExchange see(String operation, String method, String target, String body, String... headers) {
    FakeExchange answer = store.send(method, target, body, headers);
    Set<String> members = seen.computeIfAbsent(operation, _ -> new HashSet<>());
    answer.answer().names().forEach(name -> members.add("header " + name.toLowerCase(Locale.ROOT)));
    if (answer.bytes().length > 0 && !answer.text().startsWith("<?xml")) {
      members.add("body (bytes)");
      members.add("header content-length"); // the connection's
    } else if (answer.bytes().length > 0) {
      try {
        XmlElement root = XmlElement.parse(answer.bytes());
        members.add("body " + root.name());
        note(members, root, "");
        note(members, root, root.name() + "/");
      } catch (MalformedXmlException e) {
        throw new AssertionError(answer.text(), e);
      }
      if (answer.text().contains(" xsi:type=")) {
        members.add("body AccessControlList/Grant/Grantee/xsi:type");
      }
    }
    return answer;
  }

  private static void note(Set<String> members, XmlElement parent, String path) {
    for (XmlElement child : parent.children()) {
      members.add("body " + path + child.name());
      note(members, child, path + child.name() + "/");
    }
  }

  private void withEachChecksum() {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      String name = algorithm.name();
      String sum = new TestChecksums().base64(algorithm, "hay".getBytes(StandardCharsets.UTF_8));
      String header = ChecksumNames.header(algorithm);
      String key = "/barn/" + name;
      see("PutObject", "PUT", key, "hay", header, sum);
      see("GetObject", "GET", key, "", "x-amz-checksum-mode", "ENABLED");
      see("HeadObject", "HEAD", key, "", "x-amz-checksum-mode", "ENABLED");
      see("CopyObject", "PUT", "/barn/copy", "", "x-amz-copy-source", key, "x-amz-checksum-algorithm", name);
      see("GetObjectAttributes", "GET", key + "?attributes", "", "x-amz-object-attributes", ALL);
      String upload = see("CreateMultipartUpload", "POST", key + "?uploads", "", "x-amz-checksum-algorithm", name)
          .element("UploadId");
      String parts = key + "?uploadId=" + upload;
      FakeExchange part = see("UploadPart", "PUT", parts + "&partNumber=1", "hay", header, sum);
      see("UploadPartCopy", "PUT", parts + "&partNumber=2", "", "x-amz-copy-source", key);
      see("ListParts", "GET", parts + "&max-parts=1&encoding-type=url", "");
      see("ListMultipartUploads", "GET", "/barn?uploads&max-uploads=1", "");
      String element = ChecksumNames.element(algorithm);
      String order = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part.header("etag")
          + "</ETag><" + element + ">" + sum + "</" + element + "></Part></CompleteMultipartUpload>";
      assertEquals(200, see("CompleteMultipartUpload", "POST", parts, order).status());
      see("GetObjectAttributes", "GET", key + "?attributes", "", "x-amz-object-attributes", ALL);
    }
  }

  private void ofObjects() {
    String tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
    FakeExchange hay = see("PutObject", "PUT", "/barn/hay", "hay", "content-type", "a/b", "cache-control", "c",
        "content-disposition", "d", "content-encoding", "e", "content-language", "f", "expires", "g", "x-amz-meta-note",
        "h", "x-amz-storage-class", "GLACIER", "x-amz-tagging", "k=v", "x-amz-grant-read",
        "id=id-bob,uri=http://acs.amazonaws.com/groups/global/AllUsers");
    for (String method : List.of("GET", "HEAD")) {
      String operation = method.equals("GET") ? "GetObject" : "HeadObject";
      see(operation, method, "/barn/hay", "", "range", "bytes=0-1");
      see(operation, method, "/barn/SHA256?partNumber=1", "");
      see(operation, method, "/barn/none", "");
    }
    see("GetObjectAcl", "GET", "/barn/hay?acl", "");
    see("PutObjectAcl", "PUT", "/barn/hay?acl", "", "x-amz-acl", "private");
    see("PutObjectTagging", "PUT", "/barn/hay?tagging", tags);
    see("GetObjectTagging", "GET", "/barn/hay?tagging", "");
    see("DeleteObjectTagging", "DELETE", "/barn/hay?tagging", "");
    see("DeleteObject", "DELETE", "/barn/gone", "");
    see("DeleteObjects", "POST", "/barn?delete",
        "<Delete><Object><Key>gone</Key></Object><Object><Key>a</Key><VersionId>" + VersionIds.of(99)
            + "</VersionId></Object><Object><Key>hay</Key><VersionId>none</VersionId></Object></Delete>");
    store.put("/barn/dir/hay", "hay");
    store.put("/barn/zoo/hay", "hay");
    assertTrue(hay.answer().contains("x-amz-version-id"));
  }

  private void ofBuckets() {
    see("CreateBucket", "PUT", "/loft", "");
    see("CreateBucket", "PUT", "/loft2", "");
    see("ListBuckets", "GET", "/?max-buckets=1&prefix=l", "");
    see("HeadBucket", "HEAD", "/loft", "");
    see("GetBucketLocation", "GET", "/loft?location", "");
    see("PutBucketAcl", "PUT", "/loft?acl", "", "x-amz-acl", "public-read");
    see("GetBucketAcl", "GET", "/loft?acl", "");
    store.put("/loft?tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>");
    see("GetBucketTagging", "GET", "/loft?tagging", "");
    see("GetBucketVersioning", "GET", "/barn?versioning", "");
  }

  private void ofListings() {
    String rest = "delimiter=/&encoding-type=url&";
    for (String page : List.of("max-keys=1&prefix=d", "max-keys=1", "max-keys=1000")) {
      see("ListObjects", "GET", "/barn?" + rest + page, "");
      see("ListObjectVersions", "GET", "/barn?versions&" + rest + page, "");
      see("ListObjectsV2", "GET", "/barn?list-type=2&fetch-owner=true&start-after=A&" + rest + page, "");
    }
    see("ListObjectsV2", "GET", "/barn?list-type=2&continuation-token=YmFybg", "");
    store.send("POST", "/barn/a?uploads", "");
    store.send("POST", "/barn/dir/a?uploads", "");
    store.send("POST", "/barn/b?uploads", "", "x-amz-checksum-algorithm", "SHA1");
    see("ListMultipartUploads", "GET", "/barn?uploads&max-uploads=1&" + rest, "");
    see("ListMultipartUploads", "GET", "/barn?uploads&" + rest, "");
  }

  @Test
  void everyOutputIsAnsweredOrLeftOutForAReason() {
    store.catalog.minPartBytes = 0;
    withEachChecksum();
    ofObjects();
    ofBuckets();
    ofListings();
    List<String[]> leftOut = ModelTable.rows("left-out.txt");
    leftOut.forEach(row -> assertTrue(row.length == 3 && !row[2].isEmpty(), () -> String.join(" | ", row)));
    Set<String> neither = new TreeSet<>();
    Set<String> both = new TreeSet<>();
    ModelTable.members("outputs.txt").forEach((operation, members) -> {
      Set<String> found = seen.getOrDefault(operation, Set.of());
      for (Member member : members) {
        boolean isAnswered = found.stream()
            .anyMatch(one -> new Member(member.place(), one.substring(one.indexOf(' ') + 1)).fits(member.name())
                && one.startsWith(member.place()));
        boolean isLeftOut = leftOut.stream().anyMatch(row -> isOf(row, operation, member));
        if (isAnswered == isLeftOut) {
          (isAnswered ? both : neither).add(operation + ": " + member);
        }
      }
    });
    assertEquals(Set.of(), neither, "neither answered nor left out");
    assertEquals(Set.of(), both, "answered, though said to be left out");
  }

  private static boolean isOf(String[] row, String operation, Member member) {
    String[] meant = row[1].split(" ");
    return (row[0].equals("*") || List.of(row[0].split(" ")).contains(operation)) && meant[0].equals(member.place())
        && member.fits(meant[1]);
  }
}
