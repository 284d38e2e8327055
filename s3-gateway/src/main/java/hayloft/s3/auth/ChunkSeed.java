package hayloft.s3.auth;

import java.security.MessageDigest;
import java.util.HexFormat;

/// What the signatures of a body's chunks begin with: the request's signature, its time, scope and key. Immutable.
public final class ChunkSeed {

  private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

  private final HmacKey key;
  private final String timestamp;
  private final String scope;
  private final String signature;

  ChunkSeed(HmacKey key, String timestamp, String scope, String signature) {
    this.key = key;
    this.timestamp = timestamp;
    this.scope = scope;
    this.signature = signature;
  }

  /// Begins the chain for one reading of the body.
  public Chain start() {
    return new Chain();
  }

  @Override
  public String toString() {
    return "ChunkSeed[timestamp=" + timestamp + ", scope=" + scope + "]";
  }

  /// Verifies the chunks of one body in order. Not thread-safe.
  public final class Chain {

    private byte[] previous = HexFormat.of().parseHex(signature);

    private Chain() {}

    /// Whether the next chunk, the empty last one too, has this signature.
    ///
    /// @param sha256 of the chunk's data
    /// @param provided 64 hex digits
    public boolean verifyChunk(byte[] sha256, String provided) {
      ByteText text = begin("AWS4-HMAC-SHA256-PAYLOAD\n");
      return verify(text.put(EMPTY_SHA256).put('\n').putHex(sha256), provided);
    }

    /// Whether the trailer fields have this signature.
    ///
    /// @param sha256 of the fields as `name:value\n`
    public boolean verifyTrailer(byte[] sha256, String provided) {
      return verify(begin("AWS4-HMAC-SHA256-TRAILER\n").putHex(sha256), provided);
    }

    private ByteText begin(String kind) {
      return new ByteText(320).put(kind).put(timestamp).put('\n').put(scope).put('\n').putHex(previous).put('\n');
    }

    private boolean verify(ByteText text, String provided) {
      byte[] expected = key.sign(text);
      if (!MessageDigest.isEqual(expected, Signatures.parseHex(provided))) {
        return false;
      }
      previous = expected;
      return true;
    }
  }
}
