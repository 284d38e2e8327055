package hayloft.s3.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.common.checksum.Digest;
import hayloft.common.checksum.DigestAlgorithm;
import hayloft.common.checksum.DigestPass;
import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claims;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.auth.PayloadCheck;
import hayloft.s3.body.PayloadRefusedException.Reason;
import hayloft.s3.checksum.ChecksumValue;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The bytes of an upload as they are to be stored, and what they turned out to be. Read it to its end by
/// [#next]: only then everything that the request says of the body is verified, and [#etag] and [#checksum] are known.
/// Nothing may be committed before. Confined to one thread at a time; closed by whoever opened it.
///
/// Verified are: the framing and its signatures, `x-amz-decoded-content-length`, `x-amz-content-sha256`, `Content-MD5`,
/// and one `x-amz-checksum-*` in header or trailer. A trailer has what was announced and nothing else.
public final class RequestPayload implements AutoCloseable {

  private final RequestBody body;
  private final @Nullable AwsChunkedDecoder chunks;
  private final long decodedBytes;
  private final Optional<String> expectedSha256;
  private final byte @Nullable [] expectedMd5;
  private final Optional<DeclaredChecksum> declared;
  private final Optional<ChecksumAlgorithm> algorithm;

  private final Digest md5 = DigestAlgorithm.MD5.start();
  private final @Nullable Digest sha256;
  private final @Nullable Digest other;
  private final DigestPass pass;

  private long sizeBytes;
  private boolean ended;
  private String etag = "";
  private Optional<ObjectChecksum> checksum = Optional.empty();

  private RequestPayload(RequestBody body, HttpHeaders headers, PayloadCheck check,
      Optional<ChecksumAlgorithm> algorithmByDefault) throws PayloadRefusedException {
    this.body = body;
    this.expectedMd5 = contentMd5(headers);
    this.declared = DeclaredChecksum.find(headers);
    this.algorithm = declared.map(DeclaredChecksum::algorithm).or(() -> algorithmByDefault);
    Claims claims = body.isHere() ? Claims.UNBOUNDED : body.claims(); // what is here is counted
    switch (check) {
      case PayloadCheck.Unsigned _,PayloadCheck.Sha256 _ -> {
        this.chunks = null;
        this.decodedBytes = body.declaredBytes();
      }
      case PayloadCheck.SignedChunks signed -> {
        this.decodedBytes = decodedLength(headers);
        this.chunks = new AwsChunkedDecoder(signed.seed().start(), signed.trailer(), decodedBytes, claims);
      }
      case PayloadCheck.UnsignedChunks _ -> {
        this.decodedBytes = decodedLength(headers);
        this.chunks = new AwsChunkedDecoder(null, true, decodedBytes, claims);
      }
    }
    this.expectedSha256 = check instanceof PayloadCheck.Sha256(String hex) ? Optional.of(hex) : Optional.empty();
    boolean needsSha256 = expectedSha256.isPresent()
        || algorithm.filter(ChecksumAlgorithm.SHA256::equals).isPresent();
    this.sha256 = needsSha256 ? DigestAlgorithm.SHA256.start() : null;
    this.other = algorithm.isPresent() && !isComputedAnyway(algorithm.get())
        ? ChecksumValue.digest(algorithm.get()).start()
        : null;
    List<Digest> digests = new ArrayList<>(3);
    digests.add(md5);
    if (sha256 != null) {
      digests.add(sha256);
    }
    if (other != null) {
      digests.add(other);
    }
    this.pass = new DigestPass(digests);
  }

  private static boolean isComputedAnyway(ChecksumAlgorithm algorithm) {
    return algorithm == ChecksumAlgorithm.MD5 || algorithm == ChecksumAlgorithm.SHA256;
  }

  /// Reads what the head says of the body; no byte of the body yet.
  ///
  /// @param body borrowed until [#close]; its buffers are passed on
  /// @param algorithmByDefault the checksum to compute if the request names none: an upload's own for its parts
  /// @throws PayloadRefusedException INVALID_DIGEST, BAD_DIGEST, INVALID_REQUEST, MISSING_DECODED_LENGTH
  public static RequestPayload open(RequestBody body, HttpHeaders headers, PayloadCheck check,
      Optional<ChecksumAlgorithm> algorithmByDefault) throws PayloadRefusedException {
    return new RequestPayload(body, headers, check, algorithmByDefault);
  }

  /// How many bytes there will be, without framing, or -1 if the client has not said.
  public long decodedBytes() {
    return decodedBytes;
  }

  /// The next bytes, or null at the end, when everything has been verified. Waits on a fork. The caller takes the
  /// buffer.
  ///
  /// @throws PayloadRefusedException if the body is not what was announced; what was handed out before must not be kept
  /// @throws IOException as [RequestBody#next] says
  public @Nullable ByteBuf next() throws IOException, PayloadRefusedException {
    AwsChunkedDecoder decoder = chunks;
    if (ended) {
      return null;
    }
    if (decoder == null) {
      ByteBuf piece = body.next();
      if (piece == null) {
        end();
        return null;
      }
      return checked(piece);
    }
    while (true) {
      ByteBuf piece = decoder.poll();
      if (piece != null) {
        return checked(piece);
      }
      ByteBuf raw = body.next();
      if (raw == null) {
        end();
        return null;
      }
      decoder.feed(raw);
    }
  }

  /// Hex MD5 of the bytes, without quotes. After the end only.
  public String etag() {
    requireEnd();
    return etag;
  }

  /// The additional checksum that the request named or asked for, or the default one. After the end only.
  public Optional<ObjectChecksum> checksum() {
    requireEnd();
    return checksum;
  }

  /// How many bytes there were. After the end only.
  public long sizeBytes() {
    requireEnd();
    return sizeBytes;
  }

  /// Gives back what was not handed out.
  @Override
  public void close() {
    if (chunks != null) {
      chunks.release();
    }
  }

  private void requireEnd() {
    if (!ended) {
      throw new IllegalStateException("asked before the body was read to its end");
    }
  }

  private ByteBuf checked(ByteBuf piece) {
    sizeBytes += piece.readableBytes();
    pass.update(piece);
    return piece;
  }

  private void end() throws PayloadRefusedException {
    Map<String, String> trailer = chunks == null ? Map.of() : chunks.finish();
    requireAnnounced(trailer);
    byte[] md5Value = md5.finish();
    byte[] expected = expectedMd5;
    if (expected != null && !MessageDigest.isEqual(expected, md5Value)) {
      throw new PayloadRefusedException(Reason.BAD_DIGEST,
          "The Content-MD5 you specified did not match what we received.",
          Map.of("ExpectedDigest", base64(expected), "CalculatedDigest", base64(md5Value)));
    }
    byte[] sha256Value = sha256 == null ? new byte[0] : sha256.finish();
    if (expectedSha256.isPresent() && !expectedSha256.get().equalsIgnoreCase(HexFormat.of().formatHex(sha256Value))) {
      Map<String, String> details = new LinkedHashMap<>();
      details.put("ClientComputedContentSHA256", expectedSha256.get());
      details.put("S3ComputedContentSHA256", HexFormat.of().formatHex(sha256Value));
      throw new PayloadRefusedException(Reason.SHA256_MISMATCH,
          "The provided 'x-amz-content-sha256' header does not match what was computed.", details);
    }
    if (algorithm.isPresent()) {
      byte[] value = switch (algorithm.get()) {
        case MD5 -> md5Value;
        case SHA256 -> sha256Value;
        case CRC32, CRC32C, CRC64NVME, SHA1, SHA512, XXHASH64, XXHASH3, XXHASH128 -> other == null
            ? new byte[0]
            : other.finish();
      };
      ObjectChecksum computed = ObjectChecksum.ofWhole(algorithm.get(), value);
      verifyChecksum(computed, trailer);
      checksum = Optional.of(computed);
    }
    etag = HexFormat.of().formatHex(md5Value);
    ended = true;
  }

  private void requireAnnounced(Map<String, String> trailer) throws PayloadRefusedException {
    for (String name : trailer.keySet()) {
      if (!declared.flatMap(DeclaredChecksum::field).filter(name::equals).isPresent()) {
        throw new PayloadRefusedException(Reason.MALFORMED_TRAILER,
            "The trailer has a field that x-amz-trailer does not announce.");
      }
    }
  }

  private void verifyChecksum(ObjectChecksum computed, Map<String, String> trailer) throws PayloadRefusedException {
    if (declared.isEmpty()) {
      return;
    }
    DeclaredChecksum claim = declared.get();
    String announced = claim.value().orElseGet(computed::base64);
    if (claim.field().isPresent()) {
      String name = claim.field().get();
      String sent = trailer.get(name);
      if (sent == null) {
        throw new PayloadRefusedException(Reason.MALFORMED_TRAILER, "The trailer lacks the announced " + name + ".");
      }
      announced = DeclaredChecksum.requireValue(claim.algorithm(), sent);
    }
    if (!announced.equals(computed.base64())) {
      throw DeclaredChecksum.mismatch(claim.algorithm());
    }
  }

  private static String base64(byte[] value) {
    return Base64.getEncoder().encodeToString(value);
  }

  private static byte @Nullable [] contentMd5(HttpHeaders headers) throws PayloadRefusedException {
    String text = headers.get("content-md5");
    if (text == null) {
      return null;
    }
    try {
      byte[] value = Base64.getDecoder().decode(text.strip().getBytes(ISO_8859_1));
      if (value.length == DigestAlgorithm.MD5.valueBytes()) {
        return value;
      }
    } catch (IllegalArgumentException _) {
      // no base64: as invalid as a wrong length
    }
    throw new PayloadRefusedException(Reason.INVALID_DIGEST, "The Content-MD5 you specified was invalid.",
        Map.of("Content-MD5", text));
  }

  private static long decodedLength(HttpHeaders headers) throws PayloadRefusedException {
    String text = headers.get("x-amz-decoded-content-length");
    if (text == null) {
      throw new PayloadRefusedException(Reason.MISSING_DECODED_LENGTH,
          "You must provide the x-amz-decoded-content-length HTTP header.");
    }
    try {
      long bytes = Long.parseLong(text.strip());
      if (bytes >= 0) {
        return bytes;
      }
    } catch (NumberFormatException _) {
      // as invalid as a negative length
    }
    throw new PayloadRefusedException(Reason.INVALID_REQUEST, "x-amz-decoded-content-length is not a number of bytes.");
  }
}
