package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pages of a listing, taken together while others write, contain everything that was there from the first page to
/// the last, and nothing twice.
///
/// `-Dhayloft.seed=S` repeats the random choices, `-Dhayloft.rounds=N` sets how often each listing is walked.
class ListingUnderWritesIT {
  private static final int STABLE = 150;
  private static final int WRITERS = 3;

  @TempDir
  Path temp;

  private S3Requests s3 = new S3Requests(java.net.URI.create("http://localhost"), "", "");

  /// Walks one listing to its end and compares it with what was there throughout.
  private interface Walk {
    void run(Random random) throws Exception;
  }

  /// Writes something that no listing may be confused by.
  private interface Write {
    void run(Random random) throws Exception;
  }

  @Test
  void pagesContainWhatWasThereThroughoutAndNothingTwice() throws Exception {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    int rounds = Integer.getInteger("hayloft.rounds", 20);
    System.out.println("ListingUnderWritesIT seed " + seed + ", " + rounds + " rounds");
    Random random = new Random(seed);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--durability", "os")) {
      s3 = server.client();
      Set<String> keys = new TreeSet<>();
      while (keys.size() < STABLE) {
        keys.add(anyKey(random) + "-stays");
      }
      assertEquals(200, s3.put("/plain", new byte[0]).statusCode());
      for (String key : keys) {
        expect(200, "PUT", "/plain/" + key, Map.of());
      }
      Set<String> versions = stableVersions(keys);
      Set<String> uploads = stableUploads(random);
      String partsOf = created("/plain/in-parts");
      Set<String> parts = new HashSet<>();
      for (int number = 2; number <= 60; number += 2) {
        expect(200, "PUT", "/plain/in-parts", partOf(partsOf, number));
        parts.add(Integer.toString(number));
      }
      List<Write> writes = List.of(
          r -> expect(200, "PUT", "/plain/" + anyKey(r), Map.of()),
          r -> expect(204, "DELETE", "/plain/" + anyKey(r), Map.of()),
          r -> expect(200, "PUT", "/plain/" + anyOf(keys, r), Map.of()),
          r -> versionComesAndGoes(anyOf(keys, r), r),
          r -> uploadComesAndGoes("/plain/" + anyUploadKey(r)),
          r -> expect(200, "PUT", "/plain/in-parts", partOf(partsOf, 1 + r.nextInt(60))));
      List<Walk> walks = List.of(
          r -> compare("ListObjectsV2", keys, objectsV2(r)),
          r -> compare("ListObjects", keys, objects(r)),
          r -> compare("ListObjectVersions", versions, versions(r)),
          r -> compare("ListMultipartUploads", uploads, uploads(r)),
          r -> compare("ListParts", parts, parts(partsOf, r)));
      run(random, rounds, writes, walks);
    }
  }

  private static void run(Random random, int rounds, List<Write> writes, List<Walk> walks) throws Exception {
    AtomicBoolean walked = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        Random own = new Random(random.nextLong());
        Callable<Integer> writer = () -> {
          int count = 0;
          while (!walked.get()) {
            writes.get(own.nextInt(writes.size())).run(own);
            count++;
          }
          return count;
        };
        writers.add(threads.submit(writer));
      }
      try {
        for (int round = 0; round < rounds; round++) {
          for (Walk walk : walks) {
            walk.run(random);
          }
        }
      } finally {
        walked.set(true);
      }
      int written = 0;
      for (Future<Integer> writer : writers) {
        written += writer.get();
      }
      System.out.println("ListingUnderWritesIT: " + rounds * walks.size() + " walks beside " + written + " writes");
      assertTrue(written > 0, "nobody wrote");
    }
  }

  private static String anyKey(Random random) {
    return "d" + random.nextInt(6) + "/" + (random.nextBoolean() ? "e" + random.nextInt(4) + "/" : "") + "k"
        + random.nextInt(60);
  }

  private static String anyUploadKey(Random random) {
    return "up/" + random.nextInt(10);
  }

  private static String anyOf(Set<String> keys, Random random) {
    return keys.stream().skip(random.nextInt(keys.size())).findFirst().orElseThrow();
  }

  private String expect(int status, String method, String path, Map<String, String> query) throws Exception {
    HttpResponse<byte[]> answer = s3.send(method, path, query, method.equals("PUT") ? new byte[3] : new byte[0]);
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    assertEquals(status, answer.statusCode(), () -> method + " " + path + " " + query + ": " + text);
    return text;
  }

  private String created(String path) throws Exception {
    return one("UploadId", expect(200, "POST", path, Map.of("uploads", "")));
  }

  private static Map<String, String> partOf(String uploadId, int number) {
    return Map.of("uploadId", uploadId, "partNumber", Integer.toString(number));
  }

  /// Two of each key, as `key id`.
  private Set<String> stableVersions(Set<String> keys) throws Exception {
    Set<String> versions = new HashSet<>();
    assertEquals(200, s3.put("/versioned", new byte[0]).statusCode());
    String enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    assertEquals(200, s3.send("PUT", "/versioned", Map.of("versioning", ""), enabled.getBytes(StandardCharsets.UTF_8))
        .statusCode());
    for (String key : keys) {
      versions.add(key + " " + newVersion(key));
      versions.add(key + " " + newVersion(key));
    }
    return versions;
  }

  private String newVersion(String key) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = s3.put("/versioned/" + key, new byte[1]);
    return answer.headers().firstValue("x-amz-version-id").orElseThrow();
  }

  private void versionComesAndGoes(String key, Random random) throws Exception {
    if (random.nextBoolean()) {
      expect(204, "DELETE", "/versioned/" + key, Map.of("versionId", newVersion(key)));
    } else {
      String marker = s3.delete("/versioned/" + key).headers().firstValue("x-amz-version-id").orElseThrow();
      expect(204, "DELETE", "/versioned/" + key, Map.of("versionId", marker));
    }
  }

  private void uploadComesAndGoes(String path) throws Exception {
    expect(204, "DELETE", path, Map.of("uploadId", created(path)));
  }

  /// As `key id`.
  private Set<String> stableUploads(Random random) throws Exception {
    Set<String> uploads = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      String key = anyUploadKey(random);
      uploads.add(key + " " + created("/plain/" + key));
    }
    return uploads;
  }

  private static void compare(String listing, Set<String> throughout, List<String> listed) {
    Set<String> once = new LinkedHashSet<>();
    List<String> twice = listed.stream().filter(entry -> !once.add(entry)).toList();
    assertEquals(List.of(), twice, listing + " shows twice");
    List<String> missing = throughout.stream().filter(entry -> !once.contains(entry)).toList();
    assertEquals(List.of(), missing, listing + " misses");
  }

  private List<String> objectsV2(Random random) throws Exception {
    List<String> listed = new ArrayList<>();
    Map<String, String> query = new HashMap<>(Map.of("list-type", "2"));
    String page;
    do {
      query.put("max-keys", anySize(random));
      page = expect(200, "GET", "/plain", query);
      listed.addAll(all("Key", page));
      query.put("continuation-token", last("NextContinuationToken", page));
    } while (isTruncated(page));
    assertEquals(listed.stream().sorted().toList(), listed, "in order");
    return listed;
  }

  private List<String> objects(Random random) throws Exception {
    List<String> listed = new ArrayList<>();
    Map<String, String> query = new HashMap<>();
    String page;
    do {
      query.put("max-keys", anySize(random));
      page = expect(200, "GET", "/plain", query);
      listed.addAll(all("Key", page));
      query.put("marker", last("Key", page));
    } while (isTruncated(page));
    return listed;
  }

  private List<String> versions(Random random) throws Exception {
    List<String> listed = new ArrayList<>();
    Map<String, String> query = new HashMap<>(Map.of("versions", ""));
    String page;
    do {
      query.put("max-keys", anySize(random));
      page = expect(200, "GET", "/versioned", query);
      for (String entry : all("(?:Version|DeleteMarker)", page)) {
        listed.add(one("Key", entry) + " " + one("VersionId", entry));
      }
      query.put("key-marker", last("NextKeyMarker", page));
      query.put("version-id-marker", last("NextVersionIdMarker", page));
    } while (isTruncated(page));
    return listed;
  }

  private List<String> uploads(Random random) throws Exception {
    List<String> listed = new ArrayList<>();
    Map<String, String> query = new HashMap<>(Map.of("uploads", "", "prefix", "up/"));
    String page;
    do {
      query.put("max-uploads", anySize(random));
      page = expect(200, "GET", "/plain", query);
      for (String entry : all("Upload", page)) {
        listed.add(one("Key", entry) + " " + one("UploadId", entry));
      }
      query.put("key-marker", last("NextKeyMarker", page));
      query.put("upload-id-marker", last("NextUploadIdMarker", page));
    } while (isTruncated(page));
    return listed;
  }

  private List<String> parts(String uploadId, Random random) throws Exception {
    List<String> listed = new ArrayList<>();
    Map<String, String> query = new HashMap<>(Map.of("uploadId", uploadId));
    String page;
    do {
      query.put("max-parts", anySize(random));
      page = expect(200, "GET", "/plain/in-parts", query);
      listed.addAll(all("PartNumber", page));
      query.put("part-number-marker", last("NextPartNumberMarker", page));
    } while (isTruncated(page));
    return listed;
  }

  private static String anySize(Random random) {
    return Integer.toString(5 + random.nextInt(40));
  }

  private static boolean isTruncated(String page) {
    return one("IsTruncated", page).equals("true");
  }

  /// What is in the elements of a name; the keys here need no escaping.
  private static List<String> all(String name, String xml) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile("<(" + name + ")>(.*?)</\\1>", Pattern.DOTALL).matcher(xml);
    while (matcher.find()) {
      found.add(matcher.group(2));
    }
    return found;
  }

  private static String one(String name, String xml) {
    return all(name, xml).getFirst();
  }

  /// Empty if there is none.
  private static String last(String name, String xml) {
    List<String> found = all(name, xml);
    return found.isEmpty() ? "" : found.getLast();
  }
}
