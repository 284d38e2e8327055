package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.e2e.ServerProcess;
import hayloft.e2e.SignatureV4;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Every resource that somebody found a way to exhaust, and their siblings. Immutable.
final class Attacks {

  private static final String BOUNDARY = "----boundary";
  private static final byte[] NOTHING = {};
  private static final Duration NEVER = Duration.ZERO;
  private static final String STRANGERS = "strangers";
  private static final String EVE = "one user";

  private final List<Attack> all = new ArrayList<>();
  private final URI s3;
  private final URI volumes;
  private final SignatureV4 eve;

  private Attacks(Store store) {
    ServerProcess server = store.server();
    this.s3 = server.endpoint();
    this.volumes = server.volumePort();
    this.eve = store.evesSignature();
    heads(server);
    forms();
    bodies();
    documents();
    answers();
    largeRows();
  }

  /// Needs the buckets `own` of eve's, with some keys, `public` with the objects `small` and `big` that anybody may
  /// read, and `rows` of eve's that anybody may list, with objects and uploads with large headers.
  static List<Attack> against(Store store) {
    return List.copyOf(new Attacks(store).all);
  }

  private void add(String name, String sender, URI to, int connections, boolean reads, Attack.Opening opening) {
    all.add(new Attack(name, sender, to, connections, opening, NOTHING, NEVER, reads));
  }

  private void add(String name, String sender, URI to, int connections, Attack.Opening opening, String trickle,
      int everyMillis) {
    all.add(new Attack(name, sender, to, connections, opening, bytes(trickle), Duration.ofMillis(everyMillis), true));
  }

  private void heads(ServerProcess server) {
    add("connections that say nothing", STRANGERS, s3, 12_000, true, _ -> NOTHING);
    add("connections idle behind a request", STRANGERS, s3, 9_000, true,
        _ -> bytes("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"));
    byte[][] heads = IntStream.of(100, 4_000, 14_000, 30_000, 46_000)
        .mapToObj(size -> bytes("GET /" + "a".repeat(Math.min(size, 15_000)) + " HTTP/1.1\r\nHost: a\r\nx-a: "
            + "b".repeat(Math.max(0, size - 15_000))))
        .toArray(byte[][]::new);
    add("heads of up to 46 KB without an end", STRANGERS, s3, 9_500, true, number -> heads[number % heads.length]);
    add("heads that grow by a letter", STRANGERS, s3, 4_000,
        _ -> bytes("GET / HTTP/1.1\r\nHost: a\r\nx-a: " + "b".repeat(10_000)), "b", 200);
    add("heads without an end, master", STRANGERS, server.masterPort(), 4_000, true, number -> heads[number % 3]);
    add("heads without an end, admin", STRANGERS, server.adminPort(), 4_000, true, number -> heads[number % 3]);
  }

  private void forms() {
    byte[] field = bytes(formHead(1_000_000) + "--" + BOUNDARY
        + "\r\nContent-Disposition: form-data; name=\"x-amz-meta-a\"\r\n\r\n" + "c".repeat(61_000));
    add("form fields of 61 KB", STRANGERS, s3, 3_500, true, _ -> field);
    byte[] small = bytes(formHead(1_000_000) + IntStream.range(0, 800)
        .mapToObj(
            i -> "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"x-amz-meta-" + i + "\"\r\n\r\n\r\n")
        .collect(Collectors.joining()));
    add("form fields, hundreds of empty ones", STRANGERS, s3, 2_000, true, _ -> small);
    byte[] begun = bytes(formHead(1_000_000));
    add("forms of which only the head comes", STRANGERS, s3, 4_150, true, _ -> begun);
    byte[] repeated = bytes(part("key", "a") + IntStream.range(0, 10)
        .mapToObj(i -> part("x-amz-meta-" + i, "${filename}".repeat(500))).collect(Collectors.joining())
        + "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + "f".repeat(1_500)
        + "\"\r\n\r\nhello\r\n--" + BOUNDARY + "--\r\n");
    byte[] form = joined(formHead(repeated.length), repeated);
    add("${filename} 5,000 times a form", STRANGERS, s3, 500, true, _ -> form);
    add("presigned forms whose file stalls", EVE, s3, 2_000, true, number -> bytes(formHead(1_000_000)
        + fields(eve, Grammar.OWN, "form" + number).entrySet().stream().map(e -> part(e.getKey(), e.getValue()))
            .collect(Collectors.joining())
        + "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"
        + "d".repeat(50_000)));
  }

  private static String formHead(int length) {
    return "POST /own HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=" + BOUNDARY
        + "\r\nContent-Length: " + length + "\r\n\r\n";
  }

  private static String part(String name, String value) {
    return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
  }

  /// The fields of a form that is let in, with its key before what its policy says.
  static Map<String, String> fields(SignatureV4 signature, String bucket, String key) {
    String stamp = SignatureV4.stamp();
    String policy = Base64.getEncoder().encodeToString(bytes("{\"expiration\":\"" + Grammar.soon()
        + "\",\"conditions\":[{\"bucket\":\"" + bucket + "\"},[\"starts-with\",\"$key\",\"\"],{\"x-amz-credential\":\""
        + signature.credential(stamp) + "\"},{\"x-amz-algorithm\":\"AWS4-HMAC-SHA256\"},{\"x-amz-date\":\"" + stamp
        + "\"}]}"));
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("key", key);
    fields.putAll(signature.form(policy, stamp));
    return fields;
  }

  private void bodies() {
    String chunked = "Transfer-Encoding: chunked\r\n\r\n";
    String tiny = "1\r\na\r\n".repeat(10_000);
    String toVolume = "PUT /1,01637037d6 HTTP/1.1\r\nHost: " + volumes.getAuthority() + "\r\n";
    add("blobs in chunks of one byte, no token", STRANGERS, volumes, 500, _ -> bytes(toVolume + chunked + tiny), tiny,
        100);
    add("blobs in chunks of one byte, with a token", EVE, volumes, 500,
        _ -> bytes(toVolume + "Authorization: Bearer " + Store.token(Store.VOLUME_SECRET) + "\r\n" + chunked + tiny),
        tiny,
        100);
    String piece = "10000\r\n" + "e".repeat(65_536) + "\r\n";
    add("blobs of 64 MiB, slowly", EVE, volumes, 300, _ -> bytes(toVolume + "Authorization: Bearer "
        + Store.token(Store.VOLUME_SECRET) + "\r\n" + chunked + piece), piece, 100);
    add("objects in chunks of one byte", EVE, s3, 300,
        _ -> bytes(signed("PUT", "/own/tiny", "", SignatureV4.UNSIGNED) + chunked + tiny), tiny, 100);
    byte[] chunk = new byte[256 << 10];
    add("signed chunks that lack their last KiB", EVE, s3, 677, true, number -> {
      SignatureV4.Signed signed = eve.sign("PUT", "/own/signed" + number, "", Map.of("x-amz-decoded-content-length",
          "10485760", "content-encoding", "aws-chunked"), SignatureV4.STREAMING);
      return joined(head("PUT", "/own/signed" + number, "", signed) + "Content-Length: 10490000\r\n\r\n"
          + signed.chunks().head(chunk), new byte[255 << 10]);
    });
    add("objects of which nothing comes", EVE, s3, 5_000, true,
        number -> bytes(
            signed("PUT", "/own/none" + number, "", SignatureV4.UNSIGNED) + "Content-Length: 5000000\r\n\r\n"));
    byte[] some = new byte[200 << 10];
    add("objects of which 200 KiB come", EVE, s3, 1_000, true, number -> joined(
        signed("PUT", "/own/some" + number, "", SignatureV4.UNSIGNED) + "Content-Length: 5000000\r\n\r\n", some));
    String presigned = eve.presigned("PUT", "/own/presigned", Map.of());
    add("one presigned PUT, thousands at a time", STRANGERS, s3, 3_000, true, _ -> joined("PUT " + presigned
        + " HTTP/1.1\r\nHost: " + s3.getAuthority() + "\r\nContent-Length: 5000000\r\n\r\n", some));
  }

  private void documents() {
    String announced = "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\nContent-Length: 1000000\r\n\r\n";
    String presigned = "POST " + eve.presigned("POST", "/own", Map.of("delete", "")) + " HTTP/1.1\r\nHost: "
        + s3.getAuthority() + "\r\n";
    add("documents that never come", STRANGERS, s3, 4_000, true, _ -> bytes(presigned + announced));
    add("documents that never come", EVE, s3, 2_000, true,
        _ -> bytes(
            signed("POST", "/own", "delete=", SignatureV4.UNSIGNED) + announced + "<Delete>"));
    byte[] half = bytes("<Delete>" + "<Object><Key>k</Key></Object>".repeat(20_000));
    add("documents of which half comes", EVE, s3, 300, true, _ -> joined(
        signed("POST", "/own", "delete=", SignatureV4.UNSIGNED) + announced, half));
    String spaces = IntStream.range(0, 22_000).mapToObj(i -> " xmlns:a" + i + "=\"b\"").collect(Collectors.joining());
    String attributes = IntStream.range(0, 40_000).mapToObj(i -> " a" + i + "=\"b\"").collect(Collectors.joining());
    List<String> documents = List.of("<Delete" + spaces + "/>", "<Delete" + attributes + "/>",
        "<Delete>" + "<a>".repeat(100_000), "<Delete>" + "<a/>".repeat(200_000) + "</Delete>",
        "<Delete>" + "&lt;".repeat(200_000), "<Delete><!--" + "-".repeat(500_000),
        "<Delete>" + "<?a?>".repeat(150_000));
    add("XML of namespaces, attributes, depth", EVE, s3, 12, true, number -> {
      byte[] document = bytes(documents.get(number % documents.size()));
      return joined(
          signed("POST", "/own", "delete=", SignatureV4.sha256(document)) + "Connection: close\r\nContent-Length: "
              + document.length + "\r\n\r\n",
          document);
    });
  }

  private void answers() {
    byte[] big = bytes("GET /public/big HTTP/1.1\r\nHost: a\r\n\r\n");
    add("a public object that nobody takes", STRANGERS, s3, 3_000, false, _ -> big);
    add("an object of one's own that one does not take", EVE, s3, 2_000, false,
        _ -> bytes(signed("GET", "/own/big", "", SignatureV4.UNSIGNED) + "\r\n"));
    byte[] pipelined = bytes("GET /public/small HTTP/1.1\r\nHost: a\r\n\r\n".repeat(1_000));
    add("1,000 requests behind each other, answers not taken", STRANGERS, s3, 2_000, false, _ -> pipelined);
    byte[] refused = bytes("GET /canary/key HTTP/1.1\r\nHost: a\r\n\r\n".repeat(200));
    add("200 refusals behind each other, taken", STRANGERS, s3, 200, true, _ -> refused);
    String presigned = eve.presigned("GET", "/own/big", Map.of());
    byte[] get = bytes("GET " + presigned + " HTTP/1.1\r\nHost: " + s3.getAuthority() + "\r\n\r\n");
    add("one presigned GET, thousands at a time, not taken", STRANGERS, s3, 3_000, false, _ -> get);
    List<String> queries = List.of("delimiter=%2F&list-type=2&prefix=", "delimiter=0&list-type=2&max-keys=1000",
        "delimiter=" + "k".repeat(500) + "&list-type=2", "delimiter=1&versions=", "marker=%01&prefix=k",
        "list-type=2&prefix=" + "%EF%BF%BF".repeat(100), "uploads=");
    add("listings of hostile prefixes", EVE, s3, 64, true, number -> bytes(
        signed("GET", "/own", queries.get(number % queries.size()), SignatureV4.UNSIGNED)
            + "Connection: close\r\n\r\n"));
  }

  private void largeRows() {
    List<String> listings = List.of("list-type=2", "versions=", "uploads=", "encoding-type=url");
    add("large rows listed", STRANGERS, s3, 300, true,
        number -> bytes("GET /rows?" + listings.get(number % listings.size())
            + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    add("large rows listed", EVE, s3, 300, true,
        number -> bytes(signed("GET", "/rows", listings.get(number % listings.size()), SignatureV4.UNSIGNED)
            + "Connection: close\r\n\r\n"));
    byte[] document = bytes("<Delete><Quiet>true</Quiet>"
        + ("<Object><Key>" + "k".repeat(4_000) + "</Key></Object>").repeat(1_000) + "</Delete>");
    String digest = SignatureV4.sha256(document);
    add("quiet deletes of too long keys", EVE, s3, 100, true,
        _ -> joined(signed("POST", "/own", "delete=", digest) + "Connection: close\r\nContent-Length: "
            + document.length + "\r\n\r\n", document));
  }

  private String signed(String method, String path, String query, String payload) {
    return head(method, path, query, eve.sign(method, path, query, Map.of(), payload));
  }

  private static String head(String method, String path, String query, SignatureV4.Signed signed) {
    return method + " " + path + (query.isEmpty() ? "" : "?" + query) + " HTTP/1.1\r\n"
        + signed.fields().entrySet().stream()
            .map(e -> e.getKey() + ": " + e.getValue() + "\r\n").collect(Collectors.joining());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static byte[] joined(String head, byte[] body) {
    byte[] start = bytes(head);
    byte[] all = Arrays.copyOf(start, start.length + body.length);
    System.arraycopy(body, 0, all, start.length, body.length);
    return all;
  }
}
