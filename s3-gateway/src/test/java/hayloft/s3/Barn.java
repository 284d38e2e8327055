package hayloft.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.objects.VersionIds;
import hayloft.s3.auth.TestSigner;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The store that the requests of the tables go to. Alice's bucket `barn` has versions: the object `hay`, with tags;
/// the object `bales` of two parts; the upload `stack` with one part, of an algorithm. Her bucket `shed` is empty and
/// has tags. Nobody else has buckets.
final class Barn {

  private static final Pattern NAMES = Pattern.compile("\\{([a-z0-9-]+|(\\d+)\\*(.*?))}");
  private static final Pattern ESCAPES = Pattern.compile("\\\\(s|t|r|n|x[0-9a-f]{2})");

  private final TestStore store = new TestStore(new BelievingGate()).withVersionedBucket("barn").withBucket("shed");
  private final Map<String, String> names = new HashMap<>();

  Barn() {
    store.catalog.minPartBytes = 0;
    String tags = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>";
    name("gone", VersionIds.of(123_456));
    name("alice", TestStore.ALICE.id());
    name("bob", TestStore.BOB.id());
    FakeExchange hay = store.put("/barn/hay", "0123456789", "content-type", "text/plain", "x-amz-meta-note", "n",
        "x-amz-tagging", "k=v");
    name("version", hay.header("x-amz-version-id"));
    name("etag", hay.header("etag"));
    name("md5", new TestChecksums().base64(ChecksumAlgorithm.MD5, "hay".getBytes(ISO_8859_1)));
    store.put("/barn?tagging", tags);
    store.put("/shed?tagging", tags);
    String bales = store.send("POST", "/barn/bales?uploads", "", "x-amz-checksum-algorithm", "SHA256")
        .element("UploadId");
    StringBuilder order = new StringBuilder();
    for (int number = 1; number <= 2; number++) {
      FakeExchange part = store.put("/barn/bales?partNumber=" + number + "&uploadId=" + bales, "bale" + number);
      order.append(part(number, part, "x-amz-checksum-sha256"));
    }
    assertEquals(200, store.send("POST", "/barn/bales?uploadId=" + bales,
        "<CompleteMultipartUpload>" + order + "</CompleteMultipartUpload>").status());
    String upload = store.send("POST", "/barn/stack?uploads", "", "x-amz-checksum-algorithm", "SHA256")
        .element("UploadId");
    FakeExchange part = store.put("/barn/stack?partNumber=1&uploadId=" + upload, "hay");
    name("upload", upload);
    name("part-etag", part.header("etag"));
    name("part-sum", part.header("x-amz-checksum-sha256"));
  }

  private static String part(int number, FakeExchange part, String sum) {
    return "<Part><PartNumber>" + number + "</PartNumber><ETag>" + part.header("etag") + "</ETag><ChecksumSHA256>"
        + part.header(sum) + "</ChecksumSHA256></Part>";
  }

  private void name(String name, @Nullable String value) {
    names.put(name, String.valueOf(value));
  }

  FakeExchange send(Sample sample) {
    byte[] body = filled(sample.body()).getBytes(ISO_8859_1);
    FakeExchange exchange = new FakeExchange(sample.method(), filled(sample.target()), body)
        .with("x-test-key", "alice").with("x-amz-content-sha256", TestSigner.sha256(body));
    for (int i = 0; i < sample.headers().size(); i += 2) {
      if (sample.headers().get(i).equals("content-length")) {
        exchange.headers().remove("content-length");
      }
      exchange.with(sample.headers().get(i), filled(sample.headers().get(i + 1)).strip());
    }
    return store.send(exchange);
  }

  /// Holds an answer against what a table says: a status and an error's code, then, behind ` ; ` each, `name=value` of
  /// headers, of elements and, behind `stored`, of headers that the object then has.
  void assertAnswered(String expected, Sample sample, FakeExchange answer) {
    String[] facts = expected.split(" ; ");
    String code = sample.method().equals("HEAD") ? facts[0].split(" ")[0] : facts[0];
    assertEquals(code, (answer.status() + " " + (sample.method().equals("HEAD") ? "" : answer.element("Code"))).strip(),
        answer::text);
    for (int i = 1; i < facts.length; i++) {
      boolean stored = facts[i].startsWith("stored ");
      String fact = stored ? facts[i].substring(7) : facts[i];
      int equals = fact.indexOf('=');
      String name = fact.substring(0, equals);
      String path = sample.target().split("\\?")[0];
      FakeExchange shown = stored ? store.send("HEAD", filled(path), "") : answer;
      String value = Character.isUpperCase(name.charAt(0)) ? shown.element(name) : shown.header(name);
      assertEquals(filled(fact.substring(equals + 1)), value == null ? "none" : value, name);
    }
  }

  /// Escapes and names replaced; a character is a byte.
  private String filled(String text) {
    String escaped = ESCAPES.matcher(text).replaceAll(found -> Matcher.quoteReplacement(switch (found.group(1)) {
      case "s" -> " ";
      case "t" -> "\t";
      case "r" -> "\r";
      case "n" -> "\n";
      default -> String.valueOf((char) Integer.parseInt(found.group(1).substring(1), 16));
    }));
    return NAMES.matcher(escaped).replaceAll(found -> Matcher.quoteReplacement(found.group(2) == null
        ? names.getOrDefault(found.group(1), found.group())
        : found.group(3).repeat(Integer.parseInt(found.group(2)))));
  }
}
