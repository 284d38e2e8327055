package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a test has put into one bucket and what was acknowledged of it: bodies follow from keys. What ended with a 500
/// or 503 may be there, and then whole. Confined to the test.
final class ObjectLedger {
  private static final long DEADLINE_NANOS = Duration.ofSeconds(120).toNanos();
  private static final Pattern KEY = Pattern.compile("<Key>([^<]+)</Key>");

  private final String bucket;
  private final long seed;
  private final TreeMap<String, Integer> acknowledged = new TreeMap<>();
  private final TreeSet<String> deleted = new TreeSet<>();
  /// Neither acknowledged nor refused before anything was done.
  private final TreeMap<String, Integer> unknown = new TreeMap<>();
  private int next;

  ObjectLedger(String bucket, long seed) {
    this.bucket = bucket;
    this.seed = seed;
  }

  int size() {
    return acknowledged.size();
  }

  List<String> keys() {
    return new ArrayList<>(acknowledged.keySet());
  }

  private byte[] body(String key, int bytes) {
    byte[] body = new byte[bytes];
    new Random(seed ^ key.hashCode()).nextBytes(body);
    return body;
  }

  private String path(String key) {
    return "/" + bucket + "/" + key;
  }

  /// Puts one more object and returns the answer; a 200 is noted.
  HttpResponse<byte[]> put(S3Requests client, int bytes) throws IOException, InterruptedException {
    String key = "k%06d".formatted(next++);
    unknown.put(key, bytes); // also if there is no answer
    HttpResponse<byte[]> answer = client.put(path(key), body(key, bytes));
    if (answer.statusCode() == 200) {
      acknowledged.put(key, bytes);
    }
    if (answer.statusCode() == 200 || answer.statusCode() == 507) {
      unknown.remove(key);
    }
    return answer;
  }

  /// Puts until one is taken, also over refusals and connections that break off.
  void putUntilTaken(S3Requests client, int bytes, ServerProcess server) throws InterruptedException {
    long end = System.nanoTime() + DEADLINE_NANOS;
    while (!isTaken(client, bytes)) {
      assertTrue(System.nanoTime() < end, server::logOrWhy);
    }
  }

  private boolean isTaken(S3Requests client, int bytes) throws InterruptedException {
    try {
      return put(client, bytes).statusCode() == 200;
    } catch (IOException _) { // whether it is there is unknown
      return false;
    }
  }

  /// Deletes one, which must succeed.
  void delete(S3Requests client, String key) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = client.delete(path(key));
    assertEquals(204, answer.statusCode(), () -> "delete " + key + ": " + text(answer));
    acknowledged.remove(key);
    deleted.add(key);
  }

  /// Deletes one if the store will; if it answers 5xx, the object may be there or not.
  HttpResponse<byte[]> tryToDelete(S3Requests client, String key) throws IOException, InterruptedException {
    unknown.put(key, Objects.requireNonNull(acknowledged.remove(key))); // also if there is no answer
    HttpResponse<byte[]> answer = client.delete(path(key));
    if (answer.statusCode() == 204) {
      unknown.remove(key);
      deleted.add(key);
    }
    return answer;
  }

  /// Deletes several with one request, which must succeed for each.
  void deleteTogether(S3Requests client, List<String> keys) throws IOException, InterruptedException {
    StringBuilder xml = new StringBuilder("<Delete><Quiet>false</Quiet>");
    keys.forEach(key -> xml.append("<Object><Key>").append(key).append("</Key></Object>"));
    byte[] body = xml.append("</Delete>").toString().getBytes(StandardCharsets.UTF_8);
    HttpResponse<byte[]> answer = client.send("POST", "/" + bucket, Map.of("delete", ""), body, "content-md5",
        S3Requests.md5Of(body));
    assertEquals(200, answer.statusCode(), () -> text(answer));
    assertTrue(!text(answer).contains("<Error>"), () -> text(answer));
    acknowledged.keySet().removeAll(keys);
    deleted.addAll(keys);
  }

  /// Every acknowledged object is there byte for byte and listed, and nothing else is.
  void verify(S3Requests client, String where) throws IOException, InterruptedException {
    TreeSet<String> listed = new TreeSet<>();
    String after = "";
    for (boolean more = true; more;) {
      HttpResponse<byte[]> page = client.send("GET", "/" + bucket, Map.of("list-type", "2", "start-after", after),
          new byte[0]);
      assertEquals(200, page.statusCode(), where + ": listing");
      Matcher keys = KEY.matcher(text(page));
      while (keys.find()) {
        after = keys.group(1);
        listed.add(after);
      }
      more = text(page).contains("<IsTruncated>true");
    }
    TreeMap<String, Integer> expected = new TreeMap<>(acknowledged);
    unknown.forEach((key, bytes) -> {
      if (listed.contains(key)) {
        expected.put(key, bytes);
      }
    });
    assertEquals(expected.keySet(), listed, where + ": what is listed");
    for (Map.Entry<String, Integer> object : expected.entrySet()) {
      HttpResponse<byte[]> answer = client.get(path(object.getKey()));
      assertEquals(200, answer.statusCode(), () -> where + ": " + object.getKey() + ": " + text(answer));
      assertArrayEquals(body(object.getKey(), object.getValue()), answer.body(), where + ": " + object.getKey());
    }
    for (String key : deleted) {
      assertEquals(404, client.get(path(key)).statusCode(), where + ": deleted " + key);
    }
  }

  static String text(HttpResponse<byte[]> answer) {
    return answer.statusCode() + " " + new String(answer.body(), StandardCharsets.UTF_8);
  }
}
