package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Addressing.Address;
import hayloft.s3.request.Addressing.Level;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressingTest {

  private final Addressing addressing = new Addressing(List.of("example.org", "s3.example.org"));

  @ParameterizedTest
  @CsvSource({"/,localhost,SERVICE,'',''", "/b,localhost,BUCKET,b,''", "/b/,localhost,BUCKET,b,''",
      "/b/k,localhost:8333,OBJECT,b,k", "/b//,x,OBJECT,b,/", "/b//k//,x,OBJECT,b,/k//",
      "/b/a/../c/./d,x,OBJECT,b,a/../c/./d",
      "/b/a+b%20c%2Bd,x,OBJECT,b,a+b c+d", "/b/%C3%A4,x,OBJECT,b,ä", "/b/a%2Fb,x,OBJECT,b,a/b",
      "/k,b.s3.example.org,OBJECT,b,k", "/k,B.S3.example.org:8333,OBJECT,b,k", "/,b.s3.example.org,BUCKET,b,''",
      "/b/k,s3.example.org,OBJECT,b,k", "/k,my.dots.example.org,OBJECT,my.dots,k", "/b/k,otherexample.org,OBJECT,b,k",
      "//k,b.example.org,OBJECT,b,/k", "/b/k,[::1]:8333,OBJECT,b,k", "/b/%00,x,OBJECT,b,'\0'"})
  void findsBucketAndKey(String path, String host, Level level, String bucket, String key) {
    Address found = addressing.resolve(path, host);
    assertEquals(new Address(level, bucket, key, found.hostBucket()), found);
    assertEquals(host.contains(".") && !host.startsWith("s3.") && !host.startsWith("other"), found.hostBucket());
  }

  @Test
  void rawBytesOfTheRequestLineAreUtf8() {
    assertEquals("ä", addressing.resolve("/b/\u00c3\u00a4", null).key());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/b/%", "/b/%4", "/b/%zz", "/b/%ff", "/b/%C3", "/b/%ED%A0%80", "/b/%C0%AF", "b/k", ""})
  void brokenPathsAreInvalidUris(String path) {
    S3Exception refused = assertThrows(S3Exception.class, () -> addressing.resolve(path, "x"));
    assertEquals("InvalidURI", refused.error().code());
  }

  @Test
  void keysHave1024BytesAtMost() {
    assertEquals(1024, addressing.resolve("/b/" + "k".repeat(1024), null).key().length());
    assertEquals("KeyTooLongError", assertThrows(S3Exception.class,
        () -> addressing.resolve("/b/" + "k".repeat(1025), null)).error().code());
    assertEquals("KeyTooLongError", assertThrows(S3Exception.class,
        () -> addressing.resolve("/b/" + "%C3%A4".repeat(513), null)).error().code());
  }

  @Test
  void aKeyWithoutBucketIsRefused() {
    assertEquals("InvalidBucketName",
        assertThrows(S3Exception.class, () -> addressing.resolve("//k", null)).error().code());
  }

  @Test
  void queriesDecodePlusAsSpaceAndKeepEmptyValues() {
    Query query = Query.parse("prefix=a+b%2B&acl&empty=&&x=1=2&prefix=second");
    assertEquals("a b+", query.text("prefix"));
    assertEquals("", query.find("acl").orElseThrow());
    assertEquals("", query.find("empty").orElseThrow());
    assertEquals("1=2", query.text("x"));
    assertEquals(4, query.names().size());
  }

  @Test
  void urlEncodingOfKeysKeepsSlashesAndUnreservedCharacters() {
    assertEquals("foo%2B1/a%20b/-_.~%2A%C3%A4%0A", PercentEncoding.encodeKey("foo+1/a b/-_.~*ä\n"));
  }
}
