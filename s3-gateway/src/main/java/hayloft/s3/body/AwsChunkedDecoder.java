package hayloft.s3.body;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.common.checksum.Digest;
import hayloft.common.checksum.DigestAlgorithm;
import hayloft.common.checksum.DigestPass;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.auth.ChunkSeed;
import hayloft.s3.body.PayloadRefusedException.Reason;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Takes S3's own chunks off a body, and verifies their signatures. Confined to one thread at a time.
/// [Chunked uploads](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html),
/// [with trailers](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html)
///
///     hex size [;chunk-signature=64 hex] CRLF data CRLF   … repeated
///     0 [;chunk-signature=64 hex] CRLF [trailer fields, one a line] [x-amz-trailer-signature:64 hex] CRLF
///
/// A signed chunk of up to [#HELD_BYTES] is handed on once its signature is verified. Of a larger one the bytes are
/// handed on as they come, and the failure follows at its end: nobody may commit a body before its end anyway. Clients
/// differ in how many line ends they put around trailer fields, so empty lines after the last chunk are skipped.
final class AwsChunkedDecoder {

  private enum State {
    SIZE_LINE,
    DATA,
    DATA_END,
    TRAILER
  }

  static final int HELD_BYTES = 256 << 10;
  private static final int MAX_SIZE_LINE_BYTES = 512;
  private static final int MAX_TRAILER_BYTES = 8 << 10;
  private static final int MAX_SIZE_DIGITS = 12;
  private static final String SIGNATURE_PREFIX = "chunk-signature=";
  private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature";

  private final ChunkSeed.@Nullable Chain chain;
  private final boolean hasTrailer;
  private final long expectedBytes;
  private final Claim claim;
  private final GatheredBytes held;
  private final ArrayDeque<ByteBuf> ready = new ArrayDeque<>();
  private final StringBuilder line = new StringBuilder();
  private final Map<String, String> trailer = new LinkedHashMap<>();
  private boolean lineIsWhole;
  private State state = State.SIZE_LINE;
  private @Nullable ByteBuf input;
  private long announcedBytes;
  private long chunkBytes;
  private long chunkLeftBytes;
  private String chunkSignature = "";
  private Digest chunkDigest = DigestAlgorithm.SHA256.start();
  private DigestPass chunkPass = new DigestPass(List.of(chunkDigest));

  /// @param chain null if chunks are not signed
  /// @param expectedBytes of all data together, as the head says
  /// @param claims where what is held back is counted
  AwsChunkedDecoder(ChunkSeed.@Nullable Chain chain, boolean hasTrailer, long expectedBytes, Claims claims) {
    this.claim = new Claim(claims, Claims.Kind.BUFFERS);
    this.held = new GatheredBytes(claim);
    this.chain = chain;
    this.hasTrailer = hasTrailer;
    this.expectedBytes = expectedBytes;
  }

  /// Gives the decoder the next bytes, after [#poll] has returned null. Takes them.
  void feed(ByteBuf bytes) {
    if (input != null) {
      throw new IllegalStateException("fed before the last bytes were used");
    }
    input = bytes;
  }

  /// The next data; null when more bytes have to be fed. The caller takes it.
  ///
  /// @throws StoreBusyException if there is no room for a chunk that has to be held back
  @Nullable
  ByteBuf poll() throws PayloadRefusedException, StoreBusyException {
    while (true) {
      ByteBuf piece = ready.poll();
      if (piece != null) {
        return piece;
      }
      ByteBuf in = input;
      if (in == null) {
        return null;
      }
      if (!in.isReadable()) {
        input = null;
        in.release();
        return null;
      }
      switch (state) {
        case SIZE_LINE -> {
          if (readLine(in, MAX_SIZE_LINE_BYTES)) {
            beginChunk();
          }
        }
        case DATA -> readData(in);
        case DATA_END -> {
          if (readLine(in, 2)) {
            if (!line.isEmpty()) {
              throw malformed("a chunk is longer than its size");
            }
            state = State.SIZE_LINE;
          }
        }
        case TRAILER -> {
          if (readLine(in, MAX_TRAILER_BYTES) && !line.isEmpty()) {
            readTrailerField();
          }
        }
      }
    }
  }

  /// Everything was fed.
  ///
  /// @return the trailer's fields, names in lower case, without their signature
  Map<String, String> finish() throws PayloadRefusedException {
    if (state != State.TRAILER || announcedBytes != expectedBytes) {
      throw new PayloadRefusedException(Reason.INCOMPLETE_BODY,
          "You did not provide the number of bytes specified by the x-amz-decoded-content-length header: "
              + announcedBytes + " of " + expectedBytes);
    }
    if (!lineIsWhole && !line.isEmpty()) {
      readTrailerField(); // the last line end may be missing
    }
    String signature = trailer.remove(TRAILER_SIGNATURE);
    if (chain != null && hasTrailer) {
      Digest digest = DigestAlgorithm.SHA256.start();
      trailer.forEach((name, value) -> {
        byte[] field = (name + ":" + value + "\n").getBytes(ISO_8859_1);
        digest.update(field, 0, field.length);
      });
      if (signature == null) {
        throw new PayloadRefusedException(Reason.MALFORMED_TRAILER, "The trailer has no x-amz-trailer-signature.");
      }
      if (!chain.verifyTrailer(digest.finish(), signature)) {
        throw signatureMismatch();
      }
    }
    return trailer;
  }

  /// Gives everything back that was not handed on.
  void release() {
    ByteBuf rest = input;
    input = null;
    if (rest != null) {
      rest.release();
    }
    held.release();
    claim.close();
    ready.forEach(ByteBuf::release);
    ready.clear();
  }

  /// True if a whole line, without its end, is in [#line]; the next call begins a new one.
  private boolean readLine(ByteBuf in, int maxBytes) throws PayloadRefusedException {
    if (lineIsWhole) {
      line.setLength(0);
      lineIsWhole = false;
    }
    while (in.isReadable()) {
      char c = (char) (in.readByte() & 0xFF);
      if (c == '\n') {
        if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
          line.setLength(line.length() - 1);
        }
        lineIsWhole = true;
        return true;
      }
      if (line.length() >= maxBytes) {
        throw malformed("a line is too long");
      }
      line.append(c);
    }
    return false;
  }

  private void beginChunk() throws PayloadRefusedException {
    int digits = 0;
    long size = 0;
    while (digits < line.length() && Character.digit(line.charAt(digits), 16) >= 0) {
      size = size << 4 | Character.digit(line.charAt(digits), 16);
      digits++;
    }
    if (digits == 0 || digits > MAX_SIZE_DIGITS || digits < line.length() && line.charAt(digits) != ';') {
      throw malformed("a chunk has no size");
    }
    int signature = line.indexOf(SIGNATURE_PREFIX, digits);
    chunkSignature = signature < 0 ? "" : line.substring(signature + SIGNATURE_PREFIX.length()).strip();
    if (chain != null && chunkSignature.isEmpty()) {
      throw malformed("a chunk has no signature");
    }
    announcedBytes += size;
    if (announcedBytes > expectedBytes) {
      throw new PayloadRefusedException(Reason.INCOMPLETE_BODY,
          "The body has more bytes than the " + expectedBytes + " that x-amz-decoded-content-length announces");
    }
    chunkBytes = size;
    chunkLeftBytes = size;
    state = State.DATA;
    if (size == 0) {
      endChunk();
      state = State.TRAILER;
    }
  }

  private void readData(ByteBuf in) throws PayloadRefusedException, StoreBusyException {
    int count = (int) Math.min(chunkLeftBytes, in.readableBytes());
    ByteBuf piece = in.readRetainedSlice(count);
    chunkLeftBytes -= count;
    if (chain == null) {
      ready.add(piece);
    } else {
      chunkPass.update(piece);
      if (chunkBytes <= HELD_BYTES) {
        held.add(piece);
      } else {
        ready.add(piece);
      }
    }
    if (chunkLeftBytes == 0) {
      endChunk();
      state = State.DATA_END;
    }
  }

  private void endChunk() throws PayloadRefusedException {
    if (chain == null) {
      return;
    }
    if (!chain.verifyChunk(chunkDigest.finish(), chunkSignature)) {
      throw signatureMismatch();
    }
    if (held.sizeBytes() > 0) {
      ready.add(held.take());
      claim.close(); // whoever takes it counts it
    }
    chunkDigest = DigestAlgorithm.SHA256.start();
    chunkPass = new DigestPass(List.of(chunkDigest));
  }

  private void readTrailerField() throws PayloadRefusedException {
    int colon = line.indexOf(":");
    String name = colon <= 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
    if (name.isEmpty() || !hasTrailer || trailer.size() >= 16
        || trailer.put(name, line.substring(colon + 1).strip()) != null) {
      throw new PayloadRefusedException(Reason.MALFORMED_TRAILER,
          "The request contained trailing data that was not well-formed or did not conform to our published schema.");
    }
  }

  private static PayloadRefusedException malformed(String what) {
    return new PayloadRefusedException(Reason.MALFORMED_CHUNKS, "The aws-chunked body is malformed: " + what + ".");
  }

  private static PayloadRefusedException signatureMismatch() {
    return new PayloadRefusedException(Reason.CHUNK_SIGNATURE_MISMATCH,
        "The chunk signature we calculated does not match the signature you provided."
            + " Check your key and signing method.");
  }
}
