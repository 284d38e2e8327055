package hayloft.filer;

import java.util.Base64;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A checksum that is kept with an object or a part: the one that the client named, or S3's default. Immutable.
///
/// Most readers of rows, listings above all, want to know of which kind it is and no more: one that was read from raw
/// bytes becomes text only when somebody asks.
public final class ObjectChecksum {

  private final ChecksumAlgorithm algorithm;
  private final boolean composite;
  private final byte @Nullable [] raw;
  private final int parts;
  private @Nullable String base64; // made twice by two threads, it is equal

  private ObjectChecksum(ChecksumAlgorithm algorithm, boolean composite, byte @Nullable [] raw, int parts,
      @Nullable String base64) {
    this.algorithm = algorithm;
    this.composite = composite;
    this.raw = raw;
    this.parts = parts;
    this.base64 = base64;
  }

  /// @param base64 the value as S3 prints it, with `-N` at the end if it is a composite of N parts
  /// @param composite true for a checksum of part checksums, false for one over the whole object
  public ObjectChecksum(ChecksumAlgorithm algorithm, String base64, boolean composite) {
    this(algorithm, composite, null, 0, base64);
  }

  /// @param raw the value, which the checksum takes
  /// @param parts the N of the text's `-N`, 0 for none
  /// @param composite true for a checksum of part checksums, false for one over the whole object
  public static ObjectChecksum ofRaw(ChecksumAlgorithm algorithm, byte[] raw, int parts, boolean composite) {
    return new ObjectChecksum(algorithm, composite, raw, parts, null);
  }

  /// One over the whole object or part.
  ///
  /// @param raw the value, which the checksum takes
  public static ObjectChecksum ofWhole(ChecksumAlgorithm algorithm, byte[] raw) {
    return ofRaw(algorithm, raw, 0, false);
  }

  public ChecksumAlgorithm algorithm() {
    return algorithm;
  }

  /// Whether it is a checksum of part checksums, and not one over the whole object.
  public boolean composite() {
    return composite;
  }

  /// The value if it is known without its text. Borrowed.
  public byte @Nullable [] raw() {
    return raw;
  }

  /// The N of the text's `-N`, 0 for none; of one whose [#raw] is known.
  public int parts() {
    return parts;
  }

  /// The value as S3 prints it, with `-N` at the end if it is a composite of N parts.
  public String base64() {
    String text = base64;
    if (text == null) {
      text = Base64.getEncoder().encodeToString(Objects.requireNonNull(raw));
      if (parts != 0) {
        text += "-" + parts;
      }
      base64 = text;
    }
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ObjectChecksum sum && algorithm == sum.algorithm && composite == sum.composite
        && base64().equals(sum.base64());
  }

  @Override
  public int hashCode() {
    return base64().hashCode();
  }

  @Override
  public String toString() {
    return algorithm + " " + base64() + (composite ? " of parts" : "");
  }
}
