package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.TlsTrustManagersProvider;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.model.BucketVersioningStatus;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectVersionsResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.Tag;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;
import software.amazon.awssdk.transfer.s3.S3TransferManager;

/// A day with the AWS SDK for Java 2: with each of its clients for HTTP, without and with TLS, where it signs and sums
/// bodies in other ways.
@Timeout(180)
class AwsSdkForJavaIT {

  private static final String BUCKET = "barn";
  /// Characters that are written in different ways in a path, in a query and in XML.
  private static final String KEY = "a b/ü+&<%=~'(*).txt";
  private static final byte[] HAY = "hay, and more hay".getBytes(UTF_8);
  private static final StaticCredentialsProvider CREDENTIALS = StaticCredentialsProvider
      .create(AwsBasicCredentials.create(ServerProcess.ACCESS_KEY, ServerProcess.SECRET_KEY));

  @TempDir
  Path temp;

  /// How the clients trust the server; empty for the JVM's own way.
  private List<TlsTrustManagersProvider> trust = List.of();
  private HttpClient http = HttpClient.newHttpClient();

  private ServerProcess start(boolean isTls) throws Exception {
    if (!isTls) {
      return ServerProcess.start(temp.resolve("data"));
    }
    var certificates = Certificates.create(temp.resolve("certs"));
    TrustManager[] managers = certificates.trustManagers();
    trust = List.of(() -> managers);
    http = HttpClient.newBuilder().sslContext(certificates.trust()).build();
    return ServerProcess.start(temp.resolve("data"), certificates.flags());
  }

  private SdkHttpClient apache() {
    var client = Apache5HttpClient.builder();
    trust.forEach(client::tlsTrustManagersProvider);
    return client.build();
  }

  private SdkHttpClient urlConnection() {
    var client = UrlConnectionHttpClient.builder();
    trust.forEach(client::tlsTrustManagersProvider);
    return client.build();
  }

  private static S3Client client(ServerProcess server, SdkHttpClient http) {
    return S3Client.builder().endpointOverride(server.endpoint()).region(Region.US_EAST_1).forcePathStyle(true)
        .credentialsProvider(CREDENTIALS).httpClient(http).build();
  }

  private static void assertRefused(int status, String code, Executable call) {
    S3Exception refused = assertThrows(S3Exception.class, call);
    assertEquals(status + " " + code, refused.statusCode() + " " + refused.awsErrorDetails().errorCode());
  }

  private static ResponseBytes<GetObjectResponse> get(S3Client s3, String key) {
    return s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(key).checksumMode(ChecksumMode.ENABLED));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void objectsComeBackAsTheyWent(boolean isTls) throws Exception {
    try (ServerProcess server = start(isTls);
        SdkHttpClient apache = apache();
        SdkHttpClient urlConnection = urlConnection()) {
      for (SdkHttpClient client : List.of(apache, urlConnection)) {
        try (S3Client s3 = client(server, client)) {
          s3.createBucket(r -> r.bucket(BUCKET));
          buckets(s3);
          objects(s3);
          metadataBeyondAscii(s3, client == urlConnection);
          checksums(s3);
          conditions(s3);
          copies(s3);
          tags(s3);
          multipart(s3);
          listings(s3);
          deletions(s3);
          versions(s3);
          s3.deleteBucket(r -> r.bucket(BUCKET));
          assertThrows(NoSuchBucketException.class, () -> s3.headBucket(r -> r.bucket(BUCKET)));
        }
      }
    }
  }

  private static void buckets(S3Client s3) {
    assertEquals("us-east-1", s3.headBucket(r -> r.bucket(BUCKET)).bucketRegion());
    assertEquals(List.of(BUCKET), s3.listBuckets().buckets().stream().map(bucket -> bucket.name()).toList());
    assertThrows(NoSuchBucketException.class, () -> s3.listObjectsV2(r -> r.bucket("no-barn")));
  }

  private static void objects(S3Client s3) {
    Map<String, String> metadata = Map.of("colour", "green", "note", "a b+c/d&e=f");
    PutObjectResponse put = s3.putObject(
        r -> r.bucket(BUCKET).key(KEY).contentType("text/x-hay").cacheControl("no-cache").metadata(metadata),
        RequestBody.fromBytes(HAY));
    HeadObjectResponse head = s3.headObject(r -> r.bucket(BUCKET).key(KEY));
    assertEquals(put.eTag(), head.eTag());
    assertEquals(HAY.length, head.contentLength());
    assertEquals("text/x-hay", head.contentType());
    assertEquals("no-cache", head.cacheControl());
    assertEquals(metadata, head.metadata());
    assertArrayEquals(HAY, get(s3, KEY).asByteArray());
    for (var range : Map.of("bytes=5-", "and more hay", "bytes=0-2", "hay", "bytes=-3", "hay").entrySet()) {
      ResponseBytes<GetObjectResponse> part = s3
          .getObjectAsBytes(r -> r.bucket(BUCKET).key(KEY).range(range.getKey()));
      assertEquals(range.getValue(), part.asUtf8String());
      assertTrue(part.response().contentRange().endsWith("/" + HAY.length), part.response().contentRange());
    }
    assertRefused(416, "InvalidRange", () -> s3.getObject(r -> r.bucket(BUCKET).key(KEY).range("bytes=99-")));
    assertThrows(NoSuchKeyException.class, () -> s3.getObject(r -> r.bucket(BUCKET).key("none")));
    assertThrows(NoSuchKeyException.class, () -> s3.headObject(r -> r.bucket(BUCKET).key("none")));
    s3.putObject(r -> r.bucket(BUCKET).key("empty"), RequestBody.empty());
    assertEquals(0, get(s3, "empty").asByteArray().length);
  }

  /// The SDK signs UTF-8. Its client on URLConnection writes that, and reads each byte as a character; Apache's writes
  /// Latin-1, so that no server can tell what was signed: S3 gives the same answer.
  private static void metadataBeyondAscii(S3Client s3, boolean isUtf8) {
    Executable put = () -> s3.putObject(r -> r.bucket(BUCKET).key("note").metadata(Map.of("note", "Grüße €")),
        RequestBody.fromBytes(HAY));
    if (!isUtf8) {
      assertRefused(403, "SignatureDoesNotMatch", put);
      return;
    }
    assertDoesNotThrow(put);
    String note = s3.headObject(r -> r.bucket(BUCKET).key("note")).metadata().getOrDefault("note", "");
    assertEquals("Grüße €", new String(note.getBytes(ISO_8859_1), UTF_8));
  }

  private static void checksums(S3Client s3) {
    PutObjectResponse byDefault = s3.putObject(r -> r.bucket(BUCKET).key("sums"), RequestBody.fromInputStream(
        new ByteArrayInputStream(HAY), HAY.length)); // read once, so its sum is a trailer
    assertEquals(8, String.valueOf(byDefault.checksumCRC32()).length());
    assertEquals(byDefault.checksumCRC32(), get(s3, "sums").response().checksumCRC32());
    for (ChecksumAlgorithm algorithm : List.of(ChecksumAlgorithm.CRC32_C, ChecksumAlgorithm.SHA1,
        ChecksumAlgorithm.SHA256)) {
      s3.putObject(r -> r.bucket(BUCKET).key("sums").checksumAlgorithm(algorithm), RequestBody.fromBytes(HAY));
      GetObjectResponse got = get(s3, "sums").response();
      assertEquals(1, Arrays.asList(got.checksumCRC32C(), got.checksumSHA1(), got.checksumSHA256()).stream()
          .filter(sum -> sum != null).count(), algorithm.toString());
    }
    assertRefused(400, "BadDigest", () -> s3.putObject(
        r -> r.bucket(BUCKET).key("sums").checksumSHA256("A".repeat(43) + "="), RequestBody.fromBytes(HAY)));
    assertRefused(400, "BadDigest", () -> s3.putObject(
        r -> r.bucket(BUCKET).key("sums").contentMD5("A".repeat(22) + "=="), RequestBody.fromBytes(HAY)));
  }

  private static void conditions(S3Client s3) {
    String tag = s3.putObject(r -> r.bucket(BUCKET).key("once").ifNoneMatch("*"), RequestBody.fromBytes(HAY)).eTag();
    assertRefused(412, "PreconditionFailed",
        () -> s3.putObject(r -> r.bucket(BUCKET).key("once").ifNoneMatch("*"), RequestBody.fromBytes(HAY)));
    String next = s3.putObject(r -> r.bucket(BUCKET).key("once").ifMatch(tag), RequestBody.fromString("x")).eTag();
    assertRefused(412, "PreconditionFailed",
        () -> s3.putObject(r -> r.bucket(BUCKET).key("once").ifMatch(tag), RequestBody.fromBytes(HAY)));
    assertEquals("x", s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("once").ifMatch(next)).asUtf8String());
    assertRefused(412, "PreconditionFailed", () -> s3.getObject(r -> r.bucket(BUCKET).key("once").ifMatch(tag)));
    assertEquals(304, assertThrows(S3Exception.class,
        () -> s3.getObject(r -> r.bucket(BUCKET).key("once").ifNoneMatch(next))).statusCode());
  }

  private static void copies(S3Client s3) {
    s3.copyObject(r -> r.sourceBucket(BUCKET).sourceKey(KEY).destinationBucket(BUCKET).destinationKey("copy"));
    assertArrayEquals(HAY, get(s3, "copy").asByteArray());
    assertEquals("green", get(s3, "copy").response().metadata().get("colour"));
    s3.copyObject(r -> r.sourceBucket(BUCKET).sourceKey(KEY).destinationBucket(BUCKET).destinationKey(KEY)
        .metadataDirective(MetadataDirective.REPLACE).metadata(Map.of("colour", "red")).contentType("text/plain"));
    assertEquals(Map.of("colour", "red"), s3.headObject(r -> r.bucket(BUCKET).key(KEY)).metadata());
    assertThrows(NoSuchKeyException.class, () -> s3.copyObject(
        r -> r.sourceBucket(BUCKET).sourceKey("none").destinationBucket(BUCKET).destinationKey("copy")));
  }

  private static void tags(S3Client s3) {
    List<Tag> tags = List.of(Tag.builder().key("a b").value("c+d=ü:/@").build(),
        Tag.builder().key("e").value("").build());
    s3.putObjectTagging(r -> r.bucket(BUCKET).key(KEY).tagging(t -> t.tagSet(tags)));
    assertEquals(tags, s3.getObjectTagging(r -> r.bucket(BUCKET).key(KEY)).tagSet());
    s3.deleteObjectTagging(r -> r.bucket(BUCKET).key(KEY));
    assertEquals(List.of(), s3.getObjectTagging(r -> r.bucket(BUCKET).key(KEY)).tagSet());
    s3.putObject(r -> r.bucket(BUCKET).key("tagged").tagging("k=v%20w"), RequestBody.fromBytes(HAY));
    assertEquals("v w", s3.getObjectTagging(r -> r.bucket(BUCKET).key("tagged")).tagSet().getFirst().value());
    assertRefused(400, "InvalidTag", () -> s3.putObjectTagging(
        r -> r.bucket(BUCKET).key(KEY).tagging(t -> t.tagSet(tags.getFirst(), tags.getFirst()))));
  }

  private static void multipart(S3Client s3) {
    byte[] first = new byte[5 << 20];
    new Random(1).nextBytes(first);
    CreateMultipartUploadResponse upload = s3.createMultipartUpload(
        r -> r.bucket(BUCKET).key("parts").metadata(Map.of("in", "parts")).checksumAlgorithm(ChecksumAlgorithm.CRC32));
    List<CompletedPart> parts = new ArrayList<>();
    for (byte[] bytes : List.of(first, HAY)) {
      int number = parts.size() + 1;
      var part = s3.uploadPart(r -> r.bucket(BUCKET).key("parts").uploadId(upload.uploadId()).partNumber(number),
          RequestBody.fromBytes(bytes));
      parts.add(CompletedPart.builder().partNumber(number).eTag(part.eTag()).checksumCRC32(part.checksumCRC32())
          .build());
    }
    assertEquals(2, s3.listPartsPaginator(r -> r.bucket(BUCKET).key("parts").uploadId(upload.uploadId()).maxParts(1))
        .parts().stream().count());
    assertRefused(400, "InvalidPart", () -> s3.completeMultipartUpload(r -> r.bucket(BUCKET).key("parts")
        .uploadId(upload.uploadId()).multipartUpload(m -> m.parts(p -> p.partNumber(7).eTag("\"a\"")))));
    s3.completeMultipartUpload(r -> r.bucket(BUCKET).key("parts").uploadId(upload.uploadId())
        .multipartUpload(m -> m.parts(parts)));
    byte[] whole = Arrays.copyOf(first, first.length + HAY.length);
    System.arraycopy(HAY, 0, whole, first.length, HAY.length);
    assertArrayEquals(whole, get(s3, "parts").asByteArray());
    assertArrayEquals(HAY, s3.getObjectAsBytes(r -> r.bucket(BUCKET).key("parts").partNumber(2)).asByteArray());
    assertThrows(NoSuchUploadException.class,
        () -> s3.listParts(r -> r.bucket(BUCKET).key("parts").uploadId(upload.uploadId())));
    String aborted = s3.createMultipartUpload(r -> r.bucket(BUCKET).key("parts")).uploadId();
    s3.abortMultipartUpload(r -> r.bucket(BUCKET).key("parts").uploadId(aborted));
    assertTrue(s3.listMultipartUploads(r -> r.bucket(BUCKET)).uploads().isEmpty());
  }

  private static void listings(S3Client s3) {
    List<String> keys = IntStream.range(0, 25).mapToObj(i -> "list/%02d &ü".formatted(i)).toList();
    keys.forEach(key -> s3.putObject(r -> r.bucket(BUCKET).key(key), RequestBody.fromBytes(HAY)));
    assertEquals(keys, s3.listObjectsV2Paginator(r -> r.bucket(BUCKET).prefix("list/").maxKeys(7)).contents().stream()
        .map(S3Object::key).toList());
    assertEquals(keys.subList(11, 25), s3.listObjectsV2(r -> r.bucket(BUCKET).prefix("list/").startAfter(keys.get(10)))
        .contents().stream().map(S3Object::key).toList());
    assertEquals(List.of("a b/", "list/"), s3.listObjectsV2Paginator(r -> r.bucket(BUCKET).delimiter("/").maxKeys(1))
        .commonPrefixes().stream().map(prefix -> prefix.prefix()).toList());
  }

  private static void deletions(S3Client s3) {
    List<ObjectIdentifier> all = s3.listObjectsV2Paginator(r -> r.bucket(BUCKET)).contents().stream()
        .map(object -> ObjectIdentifier.builder().key(object.key()).build()).toList();
    assertRefused(409, "BucketNotEmpty", () -> s3.deleteBucket(r -> r.bucket(BUCKET)));
    assertEquals(all.size(), s3.deleteObjects(r -> r.bucket(BUCKET).delete(d -> d.objects(all))).deleted().size());
    s3.deleteObject(r -> r.bucket(BUCKET).key("none"));
    assertEquals(0, s3.listObjectsV2(r -> r.bucket(BUCKET)).keyCount());
  }

  private static void versions(S3Client s3) {
    s3.putBucketVersioning(
        r -> r.bucket(BUCKET).versioningConfiguration(v -> v.status(BucketVersioningStatus.ENABLED)));
    assertEquals(BucketVersioningStatus.ENABLED, s3.getBucketVersioning(r -> r.bucket(BUCKET)).status());
    String first = s3.putObject(r -> r.bucket(BUCKET).key(KEY), RequestBody.fromString("1")).versionId();
    s3.putObject(r -> r.bucket(BUCKET).key(KEY), RequestBody.fromString("2"));
    DeleteObjectResponse deleted = s3.deleteObject(r -> r.bucket(BUCKET).key(KEY));
    assertEquals(true, deleted.deleteMarker());
    assertThrows(NoSuchKeyException.class, () -> s3.getObject(r -> r.bucket(BUCKET).key(KEY)));
    assertEquals("1", s3.getObjectAsBytes(r -> r.bucket(BUCKET).key(KEY).versionId(first)).asUtf8String());
    List<ObjectIdentifier> all = new ArrayList<>();
    for (ListObjectVersionsResponse page : s3.listObjectVersionsPaginator(r -> r.bucket(BUCKET).maxKeys(1))) {
      page.versions().forEach(v -> all.add(ObjectIdentifier.builder().key(v.key()).versionId(v.versionId()).build()));
      page.deleteMarkers()
          .forEach(m -> all.add(ObjectIdentifier.builder().key(m.key()).versionId(m.versionId()).build()));
    }
    assertEquals(3, all.size());
    assertEquals(List.of(), s3.deleteObjects(r -> r.bucket(BUCKET).delete(d -> d.objects(all))).errors());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void urlsThatArePresignedDoWhatTheySay(boolean isTls) throws Exception {
    try (ServerProcess server = start(isTls);
        SdkHttpClient client = apache();
        S3Client s3 = client(server, client);
        S3Presigner presigner = S3Presigner.builder().endpointOverride(server.endpoint()).region(Region.US_EAST_1)
            .credentialsProvider(CREDENTIALS)
            .serviceConfiguration(S3Configuration.builder().pathStyleAccessEnabled(true).build()).build()) {
      s3.createBucket(r -> r.bucket(BUCKET));
      var put = presigner.presignPutObject(r -> r.signatureDuration(Duration.ofMinutes(5))
          .putObjectRequest(
              p -> p.bucket(BUCKET).key(KEY).contentType("text/x-hay").metadata(Map.of("colour", "red"))));
      HttpRequest.Builder upload = HttpRequest.newBuilder(put.url().toURI()).PUT(BodyPublishers.ofByteArray(HAY));
      put.signedHeaders().forEach((name, values) -> {
        if (!name.equalsIgnoreCase("host")) {
          values.forEach(value -> upload.header(name, value));
        }
      });
      HttpResponse<String> stored = http.send(upload.build(), BodyHandlers.ofString());
      assertEquals(200, stored.statusCode(), stored.body());
      assertEquals(Map.of("colour", "red"), s3.headObject(r -> r.bucket(BUCKET).key(KEY)).metadata());
      var get = presigner.presignGetObject(r -> r.signatureDuration(Duration.ofMinutes(5)).getObjectRequest(
          g -> g.bucket(BUCKET).key(KEY).responseContentDisposition("attachment; filename=\"a b\"")));
      HttpResponse<byte[]> got = http.send(HttpRequest.newBuilder(get.url().toURI()).build(),
          BodyHandlers.ofByteArray());
      assertEquals(200, got.statusCode(), new String(got.body(), UTF_8));
      assertArrayEquals(HAY, got.body());
      assertEquals("attachment; filename=\"a b\"", got.headers().firstValue("content-disposition").orElse(""));
      HttpResponse<String> other = http.send(HttpRequest.newBuilder(get.url().toURI().resolve(
          get.url().toURI().getRawPath() + "x?" + get.url().toURI().getRawQuery())).build(), BodyHandlers.ofString());
      assertTrue(other.statusCode() == 403 && other.body().contains("SignatureDoesNotMatch"), other.body());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theTransferManagerMovesFilesAndFolders(boolean isTls) throws Exception {
    byte[] big = new byte[21_000_000];
    new Random(2).nextBytes(big);
    Path file = Files.write(temp.resolve("big"), big);
    Path folder = Files.createDirectories(temp.resolve("folder").resolve("deep"));
    for (int i = 0; i < 5; i++) {
      Files.writeString(folder.resolve("ü " + i), "" + i);
    }
    var netty = NettyNioAsyncHttpClient.builder();
    try (ServerProcess server = start(isTls)) {
      trust.forEach(netty::tlsTrustManagersProvider);
      try (var client = netty.build();
          S3AsyncClient s3 = S3AsyncClient.builder().endpointOverride(server.endpoint()).region(Region.US_EAST_1)
              .forcePathStyle(true).credentialsProvider(CREDENTIALS).httpClient(client).multipartEnabled(true).build();
          S3TransferManager transfers = S3TransferManager.builder().s3Client(s3).build()) {
        s3.createBucket(r -> r.bucket(BUCKET)).join();
        transfers.uploadFile(r -> r.source(file).putObjectRequest(p -> p.bucket(BUCKET).key("big")))
            .completionFuture().join();
        assertTrue(s3.headObject(r -> r.bucket(BUCKET).key("big")).join().eTag().endsWith("-3\""), "in parts");
        transfers.copy(r -> r.copyObjectRequest(
            c -> c.sourceBucket(BUCKET).sourceKey("big").destinationBucket(BUCKET).destinationKey("copy")))
            .completionFuture().join();
        for (String key : List.of("big", "copy")) {
          Path back = temp.resolve("back-" + key);
          transfers.downloadFile(r -> r.destination(back).getObjectRequest(g -> g.bucket(BUCKET).key(key)))
              .completionFuture().join();
          assertArrayEquals(big, Files.readAllBytes(back), key);
        }
        assertTrue(transfers.uploadDirectory(r -> r.source(temp.resolve("folder")).bucket(BUCKET).s3Prefix("up"))
            .completionFuture().join().failedTransfers().isEmpty());
        Path down = temp.resolve("down");
        assertTrue(transfers.downloadDirectory(r -> r.destination(down).bucket(BUCKET)
            .listObjectsV2RequestTransformer(l -> l.prefix("up/"))).completionFuture().join().failedTransfers()
            .isEmpty());
        for (int i = 0; i < 5; i++) {
          assertEquals("" + i, Files.readString(down.resolve("deep").resolve("ü " + i)));
        }
      }
    }
  }
}
