package hayloft.s3.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.RequestBody;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.auth.AuthConfig;
import hayloft.s3.auth.AuthResult.Granted;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.PayloadCheck;
import hayloft.s3.auth.Secret;
import hayloft.s3.auth.TestSigner;
import hayloft.s3.body.PayloadRefusedException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RequestPayloadTest {

  /// A body that is already here, in the given pieces; counts what is not given back.
  private static final class FakeBody implements RequestBody {
    private final long bytes;
    private final List<ByteBuf> all = new ArrayList<>();
    private final ArrayDeque<ByteBuf> pieces = new ArrayDeque<>();

    FakeBody(byte[] bytes, List<Integer> cuts) {
      this.bytes = bytes.length;
      int from = 0;
      for (int cut : cuts) {
        add(Arrays.copyOfRange(bytes, from, cut));
        from = cut;
      }
      add(Arrays.copyOfRange(bytes, from, bytes.length));
    }

    private void add(byte[] part) {
      ByteBuf buffer = Unpooled.directBuffer(Math.max(1, part.length)).writeBytes(part);
      all.add(buffer);
      pieces.add(buffer);
    }

    @Override
    public boolean isHere() {
      return false;
    }

    @Override
    public long declaredBytes() {
      return bytes;
    }

    @Override
    public ByteBuf whole() {
      return null;
    }

    @Override
    public ByteBuf next() {
      return pieces.poll();
    }

    void assertReleased() {
      pieces.forEach(ByteBuf::release);
      all.forEach(buffer -> assertEquals(0, buffer.refCnt()));
    }
  }

  private final TestSigner signer = new TestSigner("us-east-1", TestSigner.NOW);
  private final Authenticator authenticator = new Authenticator(_ -> Optional.of(new Secret(TestSigner.SECRET_KEY)),
      AuthConfig.DEFAULTS, () -> TestSigner.NOW);

  private record Outcome(byte[] bytes, String etag, Optional<ObjectChecksum> checksum) {}

  private static HttpHeaders headers(String... namesAndValues) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  private static Outcome read(byte[] raw, List<Integer> cuts, HttpHeaders headers, PayloadCheck check)
      throws IOException, PayloadRefusedException {
    FakeBody body = new FakeBody(raw, cuts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (RequestPayload payload = RequestPayload.open(body, headers, check, Optional.empty())) {
      for (ByteBuf piece = payload.next(); piece != null; piece = payload.next()) {
        byte[] bytes = new byte[piece.readableBytes()];
        piece.readBytes(bytes);
        piece.release();
        out.writeBytes(bytes);
      }
      assertEquals(out.size(), payload.sizeBytes());
      return new Outcome(out.toByteArray(), payload.etag(), payload.checksum());
    } finally {
      body.assertReleased();
    }
  }

  private static Reason refused(byte[] raw, HttpHeaders headers, PayloadCheck check) {
    Reason streamed = assertThrows(PayloadRefusedException.class,
        () -> read(raw, List.of(raw.length / 3, raw.length / 2), headers, check)).reason();
    assertEquals(streamed, assertThrows(PayloadRefusedException.class, () -> read(raw, List.of(), headers, check))
        .reason());
    return streamed;
  }

  private static String md5(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private Granted grant(HttpHeaders headers, String target) {
    return assertInstanceOf(Granted.class,
        authenticator.authenticate(HttpMethod.PUT, target, headers, Optional.empty()));
  }

  // AWS's published example, https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html

  private static final String CREDENTIAL = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/"
      + "aws4_request,SignedHeaders=";

  private static byte[] publishedBody(String first, String second, String last, String trailer) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] data = new byte[65_536];
    Arrays.fill(data, (byte) 'a');
    out.writeBytes(bytes("10000;chunk-signature=" + first + "\r\n"));
    out.writeBytes(data);
    out.writeBytes(bytes("\r\n400;chunk-signature=" + second + "\r\n"));
    out.write(data, 0, 1024);
    out.writeBytes(bytes("\r\n0;chunk-signature=" + last + "\r\n" + trailer + "\r\n"));
    return out.toByteArray();
  }

  @Test
  void publishedChunkedUpload() throws Exception {
    HttpHeaders headers = headers("host", "s3.amazonaws.com", "x-amz-date", "20130524T000000Z", "x-amz-storage-class",
        "REDUCED_REDUNDANCY", "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "content-encoding",
        "aws-chunked", "x-amz-decoded-content-length", "66560", "content-length", "66824", "authorization",
        CREDENTIAL + "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
            + "x-amz-decoded-content-length;x-amz-storage-class,"
            + "Signature=4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
    byte[] body = publishedBody("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9", "");
    assertEquals(66_824, body.length);
    PayloadCheck check = grant(headers, "/examplebucket/chunkObject.txt").payload();
    assertEquals(66_560, read(body, List.of(), headers, check).bytes().length);
    assertEquals(66_560, read(body, List.of(5, 100, 65_700, 66_700), headers, check).bytes().length);
    body[100] = 'b';
    assertEquals(Reason.CHUNK_SIGNATURE_MISMATCH, refused(body, headers, check));
  }

  /// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
  @Test
  void publishedChunkedUploadWithTrailer() throws Exception {
    HttpHeaders headers = headers("host", "s3.amazonaws.com", "x-amz-date", "20130524T000000Z", "x-amz-storage-class",
        "REDUCED_REDUNDANCY", "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
        "content-encoding", "aws-chunked", "x-amz-decoded-content-length", "66560", "x-amz-trailer",
        "x-amz-checksum-crc32c", "authorization",
        CREDENTIAL + "content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;"
            + "x-amz-storage-class;x-amz-trailer,"
            + "Signature=106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
    PayloadCheck check = grant(headers, "/examplebucket/chunkObject.txt").payload();
    for (String lineEnd : new String[]{"\r\n", "\n", "\n\r\n"}) {
      byte[] body = publishedBody("b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
          "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
          "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
          "x-amz-checksum-crc32c:sOO8/Q==" + lineEnd
              + "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n");
      Outcome outcome = read(body, List.of(70), headers, check);
      assertEquals(66_560, outcome.bytes().length);
      assertEquals(Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC32C, "sOO8/Q==", false)), outcome.checksum());
    }
  }

  // Against another signer, cut anywhere

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void signedChunksComeOutHoweverTheyAreCutAndNoFlippedBitPasses(long seed) throws Exception {
    Random random = new Random(seed);
    for (int round = 0; round < 15; round++) {
      List<byte[]> chunks = new ArrayList<>();
      ByteArrayOutputStream data = new ByteArrayOutputStream();
      for (int i = random.nextInt(4); i > 0; i--) {
        byte[] chunk = new byte[random.nextInt(10) == 0 ? 300_000 : random.nextInt(1, 2000)];
        random.nextBytes(chunk);
        chunks.add(chunk);
        data.writeBytes(chunk);
      }
      byte[] all = data.toByteArray();
      boolean withTrailer = random.nextBoolean();
      HttpHeaders headers = headers("host", "h", "x-amz-decoded-content-length", Integer.toString(all.length));
      Map<String, String> trailer = Map.of();
      if (withTrailer) {
        headers.set("x-amz-trailer", "x-amz-checksum-sha256");
        trailer = Map.of("x-amz-checksum-sha256",
            java.util.Base64.getEncoder().encodeToString(HexFormat.of().parseHex(TestSigner.sha256(all))));
      }
      String signature = signer.signHeader("PUT", "/b/k", Map.of(), headers,
          "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + (withTrailer ? "-TRAILER" : ""));
      byte[] raw = signer.chunked(chunks, signature, trailer);
      PayloadCheck check = grant(headers, "/b/k").payload();
      Outcome outcome = read(raw, cuts(random, raw.length), headers, check);
      assertArrayEquals(all, outcome.bytes(), "seed " + seed);
      assertEquals(md5(all), outcome.etag());
      assertEquals(withTrailer, outcome.checksum().isPresent());

      byte[] flipped = raw.clone();
      int at = random.nextInt(raw.length - 4);
      flipped[at] ^= (byte) (1 << random.nextInt(7));
      if (flipped[at] == (raw[at] ^ 0x20) && Character.isLetter(raw[at])) {
        continue; // the other case of a hex digit or of a field's name says the same
      }
      try {
        assertArrayEquals(all, read(flipped, cuts(random, raw.length), headers, check).bytes(),
            "seed " + seed + " flipped " + at);
      } catch (PayloadRefusedException _) {
        // as it should be, unless only a line end was hit
      }
      byte[] cutShort = Arrays.copyOf(raw, random.nextInt(Math.max(1, raw.length - 100)));
      assertThrows(PayloadRefusedException.class, () -> read(cutShort, List.of(), headers, check), "seed " + seed);
    }
  }

  /// A chunk that is held until it is verified does not consist of as many buffers as it came in.
  @Test
  void aChunkThatComesByteByByteIsHeldInFewBuffers() throws Exception {
    byte[] chunk = new byte[20_000]; // as many buffers: they have to fit into the heap of the tests
    new Random(5).nextBytes(chunk);
    HttpHeaders headers = headers("host", "h", "x-amz-decoded-content-length", Integer.toString(chunk.length));
    String signature = signer.signHeader("PUT", "/b/k", Map.of(), headers, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
    byte[] raw = signer.chunked(List.of(chunk), signature, Map.of());
    FakeBody body = new FakeBody(raw, IntStream.range(1, raw.length).boxed().toList());
    try (RequestPayload payload = RequestPayload.open(body, headers, grant(headers, "/b/k").payload(),
        Optional.empty())) {
      ByteBuf first = payload.next();
      assertEquals(chunk.length, first == null ? 0 : first.readableBytes());
      assertTrue(first != null && first.nioBufferCount() < 10);
      first.release();
      assertNull(payload.next());
    }
    body.assertReleased();
  }

  private static List<Integer> cuts(Random random, int length) {
    return random.ints(random.nextInt(1, 20), 0, length).sorted().boxed().toList();
  }

  // What is verified

  private static HttpHeaders unsignedChunks(int decoded, String trailer) {
    return headers("x-amz-decoded-content-length", Integer.toString(decoded), "x-amz-trailer", trailer);
  }

  @Test
  void unsignedChunksWithATrailer() throws Exception {
    byte[] raw = bytes("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n");
    HttpHeaders headers = unsignedChunks(5, "x-amz-checksum-crc32");
    PayloadCheck check = new PayloadCheck.UnsignedChunks();
    for (int cut = 1; cut < raw.length; cut++) {
      Outcome outcome = read(raw, List.of(cut), headers, check);
      assertArrayEquals(bytes("hello"), outcome.bytes());
      assertEquals("NhCmhg==", outcome.checksum().orElseThrow().base64());
    }
    assertEquals(Reason.BAD_DIGEST,
        refused(bytes("5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"), headers, check));
    assertEquals(Reason.BAD_DIGEST,
        refused(bytes("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCm\r\n\r\n"), headers, check));
    assertEquals(Reason.MALFORMED_TRAILER, refused(bytes("5\r\nhello\r\n0\r\n\r\n"), headers, check));
    assertEquals(Reason.INCOMPLETE_BODY, refused(raw, unsignedChunks(6, "x-amz-checksum-crc32"), check));
    assertEquals(Reason.INCOMPLETE_BODY, refused(raw, unsignedChunks(4, "x-amz-checksum-crc32"), check));
    assertEquals(Reason.INCOMPLETE_BODY, refused(bytes("5\r\nhello\r\n"), headers, check));
    assertEquals(Reason.MALFORMED_CHUNKS, refused(bytes("5\r\nhelloo\r\n0\r\n\r\n"), headers, check));
    assertEquals(Reason.MALFORMED_CHUNKS, refused(bytes("x\r\nhello\r\n0\r\n\r\n"), headers, check));
    assertEquals(Reason.INVALID_REQUEST, refused(raw, unsignedChunks(5, "x-amz-checksum-md4"), check));
    assertEquals(Reason.MISSING_DECODED_LENGTH, refused(raw, headers(), check));
  }

  @Test
  void anEmptyChunkedBody() throws Exception {
    Outcome outcome = read(bytes("0\r\n\r\n"), List.of(), headers("x-amz-decoded-content-length", "0"),
        new PayloadCheck.UnsignedChunks());
    assertEquals("d41d8cd98f00b204e9800998ecf8427e", outcome.etag());
  }

  @Test
  void theHashThatWasSignedIsVerified() throws Exception {
    byte[] raw = bytes("Welcome to Amazon S3.");
    PayloadCheck check = new PayloadCheck.Sha256("44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
    assertArrayEquals(raw, read(raw, List.of(3), headers(), check).bytes());
    assertArrayEquals(raw, read(raw, List.of(), headers(), check).bytes());
    assertEquals(Reason.SHA256_MISMATCH, refused(bytes("Welcome to Amazon S4."), headers(), check));
    assertEquals(Reason.SHA256_MISMATCH, refused(new byte[0], headers(), check));
  }

  @Test
  void contentMd5IsVerified() throws Exception {
    byte[] raw = bytes("hello");
    PayloadCheck check = new PayloadCheck.Unsigned();
    assertEquals("5d41402abc4b2a76b9719d911017c592",
        read(raw, List.of(), headers("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="), check).etag());
    assertEquals(Reason.BAD_DIGEST, refused(raw, headers("Content-MD5", "XUFAKrxLKna5cZ2REBfFkQ=="), check));
    assertEquals(Reason.INVALID_DIGEST, refused(raw, headers("Content-MD5", "too short"), check));
    assertEquals(Reason.INVALID_DIGEST, refused(raw, headers("Content-MD5", ""), check));
  }

  /// Values of the digits 1 to 9.
  @ParameterizedTest
  @CsvSource({"CRC32, y/Q5Jg==", "CRC32C, 4waSgw==", "CRC64NVME, rosUhgp5mIg=", "SHA1, 98O8HYCOBHMq32eZZczDTKeuNEE=",
      "SHA256, FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
      "SHA512, 2eZ2LdHI6vbWGzxhkvxAjU1tXxF20MKRabwk5xw/J0rSf81YEbMT1oH35V7ALXPUmclUVba1u1A6z1dPuo/+hQ==",
      "MD5, JfnnlDI7RTiF9RgfG2JNCw==", "XXHASH64, jLhB20DmroM=", "XXHASH3, ctyxi2ehff8=",
      "XXHASH128, MxGUd+3l3NXpcWQnaB1YYA=="})
  void checksumsInHeadersAreVerified(ChecksumAlgorithm algorithm, String value) throws Exception {
    byte[] raw = bytes("123456789");
    PayloadCheck check = new PayloadCheck.Unsigned();
    String name = "x-amz-checksum-" + algorithm.name().toLowerCase(java.util.Locale.ROOT);
    assertEquals(Optional.of(new ObjectChecksum(algorithm, value, false)),
        read(raw, List.of(4), headers(name, value), check).checksum());
    assertEquals(Optional.of(new ObjectChecksum(algorithm, value, false)),
        read(raw, List.of(4), headers(name, value, "x-amz-sdk-checksum-algorithm", algorithm.name()), check)
            .checksum());
    assertEquals(Optional.of(new ObjectChecksum(algorithm, value, false)),
        read(raw, List.of(4), headers("x-amz-checksum-algorithm", algorithm.name()), check).checksum());
    byte[] chunks = bytes("9\r\n123456789\r\n0\r\n" + name + ":" + value + "\r\n\r\n");
    assertEquals(Optional.of(new ObjectChecksum(algorithm, value, false)),
        read(chunks, List.of(4), unsignedChunks(9, name), new PayloadCheck.UnsignedChunks()).checksum());
    assertEquals(Reason.INVALID_REQUEST,
        refused(raw, headers("x-amz-sdk-checksum-algorithm", algorithm.name()), check), "named without a value");
    String other = algorithm == ChecksumAlgorithm.CRC32 ? "XXHASH3" : "CRC32";
    assertEquals(Reason.INVALID_REQUEST,
        refused(raw, headers(name, value, "x-amz-sdk-checksum-algorithm", other), check), "another is named");
    HttpHeaders contradicted = unsignedChunks(9, name);
    contradicted.set("x-amz-sdk-checksum-algorithm", other);
    assertEquals(Reason.INVALID_REQUEST, refused(chunks, contradicted, new PayloadCheck.UnsignedChunks()));
    assertEquals(Reason.BAD_DIGEST, refused(bytes("123456780"), headers(name, value), check));
    assertEquals(Reason.BAD_DIGEST, refused(raw, headers(name, "AAAA"), check), "of another length");
    assertEquals(Reason.BAD_DIGEST, refused(raw, headers(name, "bad"), check), "no base64");
    assertEquals(Reason.INVALID_REQUEST,
        refused(raw, headers(name, value, "x-amz-checksum-crc32", "y/Q5Jg==", "x-amz-checksum-sha1",
            "98O8HYCOBHMq32eZZczDTKeuNEE="), check));
    assertEquals(Reason.INVALID_REQUEST, refused(raw, headers("x-amz-checksum-crc7", value), check));
    assertEquals(Reason.INVALID_REQUEST,
        refused(raw, headers(name, value, "x-amz-sdk-checksum-algorithm", "CRC7"), check));
    assertEquals(Reason.INVALID_REQUEST, refused(raw, headers("x-amz-checksum-algorithm", "CRC7"), check));
  }

  @Test
  void aTrailerHasWhatWasAnnouncedAndNothingElse() throws Exception {
    PayloadCheck check = new PayloadCheck.UnsignedChunks();
    String start = "5\r\nhello\r\n0\r\n";
    byte[] right = bytes(start + "x-amz-checksum-crc32:NhCmhg==\r\n\r\n");
    byte[] wrong = bytes(start + "x-amz-checksum-crc32:AAAAAA==\r\n\r\n");
    for (byte[] raw : List.of(right, wrong, bytes(start + "x-amz-meta-a:b\r\n\r\n"))) {
      assertEquals(Reason.MALFORMED_TRAILER, refused(raw, headers("x-amz-decoded-content-length", "5"), check));
    }
    assertEquals(Reason.MALFORMED_TRAILER,
        refused(right, headers("x-amz-decoded-content-length", "5", "x-amz-checksum-crc32", "NhCmhg=="), check),
        "a header announces no trailer");
    assertEquals(Reason.MALFORMED_TRAILER, refused(right, unsignedChunks(5, "x-amz-checksum-crc32c"), check));
    assertEquals(Reason.MALFORMED_TRAILER,
        refused(bytes(start + "x-amz-checksum-crc32:NhCmhg==\r\nx-amz-meta-a:b\r\n\r\n"),
            unsignedChunks(5, "x-amz-checksum-crc32"), check));
    for (String trailer : List.of("x-amz-meta-a", "x-amz-checksum-crc32, x-amz-meta-a",
        "content-md5, x-amz-checksum-crc32", "x-amz-checksum-algorithm", "x-amz-checksum-crc32,x-amz-checksum-sha1")) {
      assertEquals(Reason.INVALID_REQUEST, refused(right, unsignedChunks(5, trailer), check), trailer);
    }
    assertEquals(Reason.MALFORMED_TRAILER, refused(right, unsignedChunks(5, "content-md5"), check));
    byte[] md5 = bytes(start + "content-md5:XUFAKrxLKna5cZ2REBfFkg==\r\n\r\n"); // as the JavaScript SDK sends it
    assertEquals("XUFAKrxLKna5cZ2REBfFkg==",
        read(md5, List.of(7), unsignedChunks(5, "content-md5"), check).checksum().orElseThrow().base64());
    assertEquals(Reason.BAD_DIGEST, refused(bytes(start + "content-md5:AAAAKrxLKna5cZ2REBfFkg==\r\n\r\n"),
        unsignedChunks(5, "Content-MD5"), check));
    for (String trailer : List.of("X-Amz-Checksum-CRC32", "x-amz-checksum-crc32 ,",
        "x-amz-checksum-crc32,x-amz-trailer-signature")) {
      assertEquals("NhCmhg==", read(right, List.of(7), unsignedChunks(5, trailer), check).checksum().orElseThrow()
          .base64());
    }
    assertEquals(Reason.MALFORMED_TRAILER,
        refused(bytes("hello"), headers("x-amz-trailer", "x-amz-checksum-crc32"), new PayloadCheck.Unsigned()));
  }

  @Test
  void withoutAskingThereIsNoChecksumUnlessOneIsTheDefault() throws Exception {
    assertTrue(read(bytes("x"), List.of(), headers("x-amz-checksum-mode", "ENABLED"), new PayloadCheck.Unsigned())
        .checksum().isEmpty());
    FakeBody body = new FakeBody(bytes("123456789"), List.of());
    try (RequestPayload payload = RequestPayload.open(body, headers(), new PayloadCheck.Unsigned(),
        Optional.of(ChecksumAlgorithm.CRC64NVME))) {
      assertThrows(IllegalStateException.class, payload::etag);
      payload.next().release();
      assertNull(payload.next());
      assertEquals("rosUhgp5mIg=", payload.checksum().orElseThrow().base64());
    }
  }

  @ParameterizedTest
  @CsvSource({"aws-chunked,''", "'aws-chunked,gzip',gzip", "'gzip, aws-chunked',gzip", "gzip,gzip", "'',''",
      "'aws-chunked,gzip , br','gzip,br'", "'deflate, gzip','deflate, gzip'", "'AWS-Chunked, gzip',gzip"})
  void awsChunkedIsNoEncodingOfTheObject(String sent, String stored) {
    assertEquals(Optional.of(stored).filter(text -> !text.isEmpty()), ContentEncodings.withoutAwsChunked(sent));
  }
}
