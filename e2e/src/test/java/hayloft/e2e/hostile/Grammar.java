package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.e2e.ServerProcess;
import hayloft.e2e.SignatureV4;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Requests as each parser of the server takes them, right in form, before a [Mutator] gets hold of them; some with
/// nonsense already in what is signed. Confined to one thread.
///
/// With the sender's own keys the signatures are right, and the sender may do what its user may. Without them whatever
/// comes is a stranger's, with signatures of a wrong key.
final class Grammar {

  /// A parser, or what is in front of one.
  enum Door {
    HEAD,
    QUERY,
    CHUNKS,
    SIGNED_CHUNKS,
    XML,
    FORM,
    BLOB,
    MASTER,
    ADMIN
  }

  /// @param to the port
  record Sentence(URI to, byte[] bytes) {}

  /// The bucket of the sender, and one of somebody else's.
  static final String OWN = "own";
  static final String CANARY = "canary";

  private static final List<String> METHODS = List.of("GET", "GET", "GET", "PUT", "PUT", "HEAD", "POST", "DELETE",
      "OPTIONS");
  private static final List<String> SUB_RESOURCES = List.of("acl", "tagging", "versioning", "versions", "uploads",
      "delete",
      "uploadId", "partNumber", "attributes", "location", "policy", "cors", "hayloft-durability", "ownershipControls",
      "object-lock", "lifecycle", "retention", "legal-hold", "torrent", "restore", "select", "website", "logging",
      "encryption", "list-type", "max-keys", "prefix", "delimiter", "marker", "start-after", "continuation-token",
      "encoding-type", "versionId", "key-marker", "version-id-marker", "upload-id-marker", "max-uploads", "max-parts",
      "part-number-marker", "fetch-owner", "response-content-type", "response-content-disposition", "response-expires",
      "X-Amz-Expires", "X-Amz-Date", "X-Amz-Credential", "X-Amz-Signature", "x-id", "AWSAccessKeyId", "Signature",
      "Expires");
  private static final List<String> VALUES = List.of("", "", "1", "2", "null", "/", "a", "url", "true", "text/html",
      "1000",
      "0", "-1", "10001", "STANDARD");
  private static final List<String> FIELDS = List.of("x-amz-acl: private", "x-amz-meta-a: b", "x-amz-tagging: a=b",
      "Content-Type: text/plain", "Range: bytes=0-3", "If-Match: \"a\"", "If-None-Match: *",
      "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT", "x-amz-storage-class: STANDARD",
      "x-amz-checksum-crc32: AAAAAA==",
      "x-amz-sdk-checksum-algorithm: CRC32", "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==", "x-amz-copy-source: /own/key",
      "x-amz-copy-source-range: bytes=0-1", "x-amz-grant-read: uri=\"http://acs.amazonaws.com/groups/global/AllUsers\"",
      "x-amz-expected-bucket-owner: eve", "Expect: 100-continue", "Connection: close", "Origin: http://a.example",
      "Sec-Fetch-Site: cross-site", "x-amz-object-attributes: ETag,Checksum", "x-amz-metadata-directive: REPLACE",
      "Accept-Encoding: gzip", "x-amz-website-redirect-location: /a", "Cache-Control: no-store",
      "Authorization: AWS eve:c2ln", "Authorization: Bearer a.b.c", "Cookie: a=b", "x-amz-security-token: a");
  private static final Map<String, String> DOCUMENTS = Map.of(
      "DELETE", "<Delete><Quiet>false</Quiet><Object><Key>key</Key><VersionId>null</VersionId></Object>"
          + "<Object><Key>two</Key><ETag>\"a\"</ETag></Object></Delete>",
      "ACL", "<AccessControlPolicy><Owner><ID>eve</ID></Owner><AccessControlList><Grant>"
          + "<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"><ID>eve</ID>"
          + "</Grantee><Permission>FULL_CONTROL</Permission></Grant></AccessControlList></AccessControlPolicy>",
      "TAGGING", "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
      "VERSIONING", "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
      "CREATE",
      "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>us-east-1"
          + "</LocationConstraint></CreateBucketConfiguration>",
      "COMPLETE",
      "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"d41d8cd98f00b204e9800998ecf8427e\"</ETag>"
          + "<ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></CompleteMultipartUpload>",
      "SETTING",
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Configuration><Rule><ID>a</ID><Status>Enabled</Status></Rule>"
          + "</Configuration>");
  private static final List<String> COMMANDS = List.of("cluster.status", "cluster.check", "volume.list", "s3.user.list",
      "s3.bucket.list", "fs.ls", "fs.tree", "fs.meta.cat", "collection.list", "s3.user.create", "lock",
      "volume.vacuum");
  private static final String BOUNDARY = "----boundary";

  private final Random random;
  private final Mutator mutator;
  private final ServerProcess server;
  private final boolean credentials;
  private final String volumeSecret;
  private final SignatureV4 s3;
  private final SignatureV4 admin;

  /// @param credentials whether signatures and tokens are right
  Grammar(Random random, ServerProcess server, boolean credentials) {
    this.random = random;
    this.mutator = new Mutator(random);
    this.server = server;
    this.credentials = credentials;
    this.volumeSecret = credentials ? Store.VOLUME_SECRET : "another secret, of 32 letters and more";
    this.s3 = new SignatureV4(server.endpoint().getAuthority(), "eveaccesskey",
        credentials ? Store.EVES_SECRET : "guessed!");
    this.admin = new SignatureV4(server.adminPort().getAuthority(), ServerProcess.ACCESS_KEY,
        credentials ? ServerProcess.SECRET_KEY : "guessed!");
  }

  Sentence sentence(Door door) {
    return switch (door) {
      case HEAD -> new Sentence(server.endpoint(), head());
      case QUERY -> new Sentence(server.endpoint(), query());
      case CHUNKS -> new Sentence(server.endpoint(), chunks());
      case SIGNED_CHUNKS -> new Sentence(server.endpoint(), signedChunks());
      case XML -> new Sentence(server.endpoint(), document());
      case FORM -> new Sentence(server.endpoint(), form());
      case BLOB -> new Sentence(server.volumePort(), blob());
      case MASTER -> new Sentence(server.masterPort(), master());
      case ADMIN -> new Sentence(server.adminPort(), administration());
    };
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String bucket() {
    return any(List.of(OWN, OWN, CANARY, "made" + random.nextInt(5)));
  }

  /// Encoded.
  private String path() {
    return switch (random.nextInt(8)) {
      case 0 -> "/";
      case 1 -> "/" + bucket();
      case 2 -> "/" + bucket() + "/" + SignatureV4.encode(mutator.mutate("folder/key.txt")).replace("%2F", "/");
      default -> "/" + bucket() + "/key";
    };
  }

  private Map<String, String> headers(String method) {
    Map<String, String> headers = new HashMap<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      String[] field = any(FIELDS).split(": ", 2);
      headers.put(field[0].toLowerCase(Locale.ROOT), random.nextInt(4) > 0 ? field[1] : printable(field[1]));
    }
    headers.remove("authorization");
    if (method.equals("OPTIONS")) {
      headers.put("access-control-request-method", "PUT");
    }
    return headers;
  }

  /// Wrong, but nothing that ends a line.
  private String printable(String text) {
    return mutator.mutate(text).replaceAll("[\r\n\0]", "").strip();
  }

  private String signed(String method, String path, String query, Map<String, String> headers, byte[] body) {
    String payload = random.nextInt(3) == 0 ? SignatureV4.UNSIGNED : SignatureV4.sha256(body);
    return lines(method, path, query, s3.sign(method, path, query, headers, payload).fields());
  }

  private static String lines(String method, String path, String query, Map<String, String> fields) {
    StringBuilder head = new StringBuilder(
        method + " " + path + (query.isEmpty() ? "" : "?" + query) + " HTTP/1.1\r\n");
    fields.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return head.toString();
  }

  /// Two or three requests behind each other, most of them plain.
  private byte[] head() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      String method = any(METHODS);
      byte[] body = random.nextBoolean() ? new byte[0] : "hello".getBytes(UTF_8);
      String head = random.nextInt(3) == 0
          ? plain(method)
          : signed(method, path(), "", headers(method), body);
      all.writeBytes((head + (random.nextInt(4) == 0 ? any(FIELDS) + "\r\n" : "")
          + "Content-Length: " + body.length + "\r\n\r\n").getBytes(ISO_8859_1));
      all.writeBytes(body);
    }
    return all.toByteArray();
  }

  private String plain(String method) {
    return method + " " + any(List.of("/healthz", "/readyz", "/", "*", "/canary/key", "http://a/canary/key", "/canary",
        "//canary/key", "/canary/../canary/key", "/minio/health/live", "/metrics")) + " "
        + any(List.of("HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0")) + "\r\nHost: a\r\n";
  }

  private byte[] query() {
    String method = any(METHODS);
    TreeMap<String, String> query = new TreeMap<>();
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      String name = any(SUB_RESOURCES);
      String value = any(VALUES);
      query.put(SignatureV4.encode(random.nextInt(6) == 0 ? mutator.mutate(name) : name),
          SignatureV4.encode(random.nextInt(3) == 0 ? mutator.mutate(value + "a") : value));
    }
    String path = path();
    if (random.nextBoolean()) {
      return (method + " " + s3.presigned(method, path, query) + " HTTP/1.1\r\nHost: "
          + server.endpoint().getAuthority()
          + "\r\nContent-Length: 0\r\n\r\n").getBytes(ISO_8859_1);
    }
    String canonical = String.join("&", query.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    return (signed(method, path, canonical, headers(method), new byte[0]) + "Content-Length: 0\r\n\r\n")
        .getBytes(ISO_8859_1);
  }

  private byte[] chunks() {
    byte[] body = new byte[random.nextInt(300)];
    StringBuilder framed = new StringBuilder();
    for (int at = 0; at < body.length;) {
      int size = Math.min(body.length - at, random.nextInt(1, 64));
      framed.append(Integer.toHexString(size)).append(random.nextInt(3) == 0 ? ";a=b" : "").append("\r\n")
          .append("c".repeat(size)).append("\r\n");
      at += size;
    }
    framed.append("0\r\n").append(random.nextInt(3) == 0 ? "x-amz-checksum-crc32: AAAAAA==\r\n" : "").append("\r\n");
    return (lines("PUT", "/own/chunked", "",
        s3.sign("PUT", "/own/chunked", "", Map.of(), SignatureV4.UNSIGNED).fields())
        + "Transfer-Encoding: chunked\r\n\r\n" + framed
        + (random.nextBoolean() ? "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" : ""))
        .getBytes(ISO_8859_1);
  }

  private byte[] signedChunks() {
    int bytes = random.nextInt(200);
    boolean trailer = random.nextInt(3) == 0;
    String payload = trailer ? "STREAMING-UNSIGNED-PAYLOAD-TRAILER" : SignatureV4.STREAMING;
    Map<String, String> headers = new HashMap<>(Map.of("x-amz-decoded-content-length",
        "" + (random.nextInt(5) == 0 ? mutator.mutate("" + bytes).replaceAll("[^0-9-]", "") : bytes),
        "content-encoding", "aws-chunked"));
    if (trailer) {
      headers.put("x-amz-trailer", "x-amz-checksum-crc32");
    }
    SignatureV4.Signed signed = s3.sign("PUT", "/own/signed", "", headers, payload);
    StringBuilder body = new StringBuilder();
    for (int left = bytes; left >= 0;) {
      int size = left == 0 ? 0 : random.nextInt(1, left + 1);
      byte[] chunk = "d".repeat(size).getBytes(ISO_8859_1);
      body.append(trailer ? Integer.toHexString(size) + "\r\n" : signed.chunks().head(chunk));
      body.append("d".repeat(size)).append(size == 0 && trailer ? "x-amz-checksum-crc32:AAAAAA==\r\n\r\n" : "\r\n");
      left = size == 0 ? -1 : left - size;
    }
    String wrong = random.nextBoolean() ? body.toString() : mutator.mutate(body.toString());
    return (lines("PUT", "/own/signed", "", signed.fields()) + "Content-Length: " + wrong.length() + "\r\n\r\n" + wrong)
        .getBytes(ISO_8859_1);
  }

  private byte[] document() {
    String kind = any(List.copyOf(new TreeMap<>(DOCUMENTS).keySet()));
    String key = random.nextInt(4) == 0 ? "/" + CANARY + "/key" : "/own/key";
    String path = switch (kind) {
      case "DELETE", "VERSIONING", "SETTING" -> random.nextInt(4) == 0 ? "/" + CANARY : "/own";
      case "CREATE" -> "/made" + random.nextInt(5);
      case "COMPLETE" -> key;
      default -> random.nextBoolean() ? key : "/own";
    };
    String query = switch (kind) {
      case "DELETE" -> "delete=";
      case "VERSIONING" -> "versioning=";
      case "CREATE" -> "";
      case "COMPLETE" -> "uploadId=" + any(List.of("a", "0", "00000000-0000-0000-0000-000000000000", "2"));
      case "ACL" -> "acl=";
      case "TAGGING" -> "tagging=";
      default ->
        any(List.of("cors", "lifecycle", "policy", "encryption", "logging", "hayloft-durability", "object-lock",
            "ownershipControls", "publicAccessBlock", "notification", "replication", "website", "requestPayment"))
            + "=";
    };
    String xml = String.valueOf(DOCUMENTS.get(kind));
    for (int i = random.nextInt(4); i > 0; i--) {
      xml = mutator.mutate(xml);
    }
    byte[] body = xml.getBytes(random.nextInt(8) == 0 ? UTF_8 : ISO_8859_1);
    String method = kind.equals("DELETE") || kind.equals("COMPLETE") ? "POST" : "PUT";
    Map<String, String> headers = new HashMap<>();
    if (kind.equals("DELETE")) {
      headers.put("content-md5", md5(body));
    }
    return joined(signed(method, path, query, headers, body) + "Content-Length: " + body.length + "\r\n\r\n", body);
  }

  private static String md5(byte[] body) {
    try {
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] joined(String head, byte[] body) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.getBytes(ISO_8859_1));
    all.writeBytes(body);
    return all.toByteArray();
  }

  private byte[] form() {
    String bucket = random.nextInt(4) == 0 ? CANARY : OWN;
    String body = parts(Attacks.fields(s3, bucket, random.nextInt(4) > 0 ? "made" : "made/${filename}"), "f.txt",
        "hello");
    if (random.nextInt(3) > 0) {
      body = mutator.mutate(body);
    }
    return ("POST /" + bucket + " HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=" + BOUNDARY
        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body).getBytes(ISO_8859_1);
  }

  private String parts(Map<String, String> fields, String name, String content) {
    StringBuilder body = new StringBuilder();
    fields.forEach((field, value) -> body.append("--").append(BOUNDARY)
        .append("\r\nContent-Disposition: form-data; name=\"").append(field).append("\"\r\n\r\n").append(value)
        .append("\r\n"));
    return body.append("--").append(BOUNDARY).append("\r\nContent-Disposition: form-data; name=\"file\"; filename=\"")
        .append(name).append("\"\r\nContent-Type: text/plain\r\n\r\n").append(content).append("\r\n--").append(BOUNDARY)
        .append("--\r\n").toString();
  }

  private byte[] blob() {
    String id = any(List.of("1,01637037d6", "1,7fffffffffffffff00000001", "2,01deadbeef_1", "0,0",
        "4294967296,01637037d6",
        "1/01637037d6/a.txt", "1,01637037d6_99999999", "-1,01637037d6", "1,", ",", "1,zz", "status", "healthz", ""));
    String query = any(List.of("", "", "?dl=true", "?ts=1", "?ttl=1m", "?cm=true", "?collection=a", "?width=1",
        "?jwt=" + Store.token(volumeSecret), "?readDeleted=true", "?ts=99999999999999999999", "?type=replicate"));
    String method = any(METHODS);
    String token = random.nextBoolean() ? "Authorization: Bearer " + Store.token(volumeSecret) + "\r\n" : "";
    String body = method.equals("POST") ? parts(Map.of(), "b.txt", "blob") : "blob";
    String type = method.equals("POST") ? "Content-Type: multipart/form-data; boundary=" + BOUNDARY + "\r\n" : "";
    return (method + " /" + id + query + " HTTP/1.1\r\nHost: " + server.volumePort().getAuthority() + "\r\n" + token
        + type
        + (random.nextInt(4) == 0 ? "Seaweed-a: b\r\nRange: bytes=0-1\r\n" : "")
        + (method.equals("PUT") || method.equals("POST")
            ? "Content-Length: " + body.length() + "\r\n\r\n" + body
            : "\r\n"))
        .getBytes(ISO_8859_1);
  }

  private byte[] master() {
    String path = any(
        List.of("/dir/assign", "/dir/lookup", "/vol/grow", "/dir/status", "/cluster/status", "/vol/status",
            "/submit", "/col/delete", "/vol/vacuum", "/healthz", "/metrics", "/"));
    String query = any(List.of("", "?count=1", "?count=2&collection=c", "?volumeId=1", "?volumeId=1,01637037d6",
        "?collection=%0aa", "?replication=000", "?replication=999", "?ttl=1m", "?count=0", "?count=-1", "?disk=hdd",
        "?collection=" + "a".repeat(100), "?count=99999999999"));
    if (path.equals("/vol/grow") && credentials) {
      path = "/dir/lookup"; // a hundred volumes a request are somebody's right, and slow
    }
    String token = random.nextBoolean() ? "Authorization: Bearer " + Store.token(volumeSecret) + "\r\n" : "";
    return (any(METHODS) + " " + path + query + " HTTP/1.1\r\nHost: " + server.masterPort().getAuthority() + "\r\n"
        + token
        + "Content-Length: 0\r\n\r\n").getBytes(ISO_8859_1);
  }

  /// Commands that change something are sent with a mistake in what is signed.
  private byte[] administration() {
    String command = any(COMMANDS);
    String json = "{\"session\":\"a\",\"arguments\":{\"id\":\"made\",\"path\":\"/canary\",\"apply\":false}}";
    if (random.nextBoolean()) {
      json = mutator.mutate(json);
    }
    byte[] body = json.getBytes(ISO_8859_1);
    boolean reads = !command.matches("s3.user.create|lock|volume.vacuum");
    String path = random.nextInt(5) == 0
        ? "/v1/jobs/" + mutator.mutate("1").replaceAll("[^!-~]|[?#]", "")
        : "/v1/" + command;
    byte[] nonce = new byte[16];
    random.nextBytes(nonce);
    String sum = SignatureV4.sha256(reads ? body : new byte[0]);
    return joined(lines("POST", path, "",
        admin.sign("POST", path, "", Map.of("x-hayloft-nonce", HexFormat.of().formatHex(nonce)), sum).fields())
        + "Content-Length: " + body.length + "\r\n\r\n", body);
  }

  /// Until when a form may be sent.
  static String soon() {
    return Instant.now().plus(Duration.ofMinutes(30)).truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
