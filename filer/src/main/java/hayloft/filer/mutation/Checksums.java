package hayloft.filer.mutation;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A checksum in a body: raw bytes where the text can be made from them again.
///
///     checksum := algorithm(1) composite(1) varint(N of the text's "-N" suffix, 0 for none) raw bytes
///
/// The first five algorithms have fields of their own, because programs that know no others fail at an unknown code
/// there. In the fields of all others an unknown code is skipped, so further ones can be added without a new level of
/// formats.
final class Checksums {

  private static final int LAST_OF_FIRST_CODES = 5;

  private Checksums() {}

  private static int code(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> 1;
      case CRC32C -> 2;
      case CRC64NVME -> 3;
      case SHA1 -> 4;
      case SHA256 -> LAST_OF_FIRST_CODES;
      case SHA512 -> 6;
      case MD5 -> 7;
      case XXHASH64 -> 8;
      case XXHASH3 -> 9;
      case XXHASH128 -> 10;
    };
  }

  private static @Nullable ChecksumAlgorithm ofCode(int code) {
    return switch (code) {
      case 1 -> ChecksumAlgorithm.CRC32;
      case 2 -> ChecksumAlgorithm.CRC32C;
      case 3 -> ChecksumAlgorithm.CRC64NVME;
      case 4 -> ChecksumAlgorithm.SHA1;
      case LAST_OF_FIRST_CODES -> ChecksumAlgorithm.SHA256;
      case 6 -> ChecksumAlgorithm.SHA512;
      case 7 -> ChecksumAlgorithm.MD5;
      case 8 -> ChecksumAlgorithm.XXHASH64;
      case 9 -> ChecksumAlgorithm.XXHASH3;
      case 10 -> ChecksumAlgorithm.XXHASH128;
      default -> null;
    };
  }

  private static boolean isOfTheFirst(ChecksumAlgorithm algorithm) {
    return code(algorithm) <= LAST_OF_FIRST_CODES;
  }

  /// Writes an upload's algorithm.
  static void writeAlgorithm(FieldWriter out, ChecksumAlgorithm algorithm) {
    out.number(isOfTheFirst(algorithm) ? BodyTags.CHECKSUM_ALGORITHM : BodyTags.FURTHER_CHECKSUM_ALGORITHM,
        code(algorithm));
  }

  /// Reads an upload's algorithm, which the reader's current field is.
  static Optional<ChecksumAlgorithm> readAlgorithm(FieldReader in) throws MalformedMutationException {
    int code = (int) in.number();
    ChecksumAlgorithm algorithm = ofCode(code);
    if (algorithm == null && in.tag() == BodyTags.CHECKSUM_ALGORITHM) {
      throw unknown(code);
    }
    return Optional.ofNullable(algorithm);
  }

  static void write(FieldWriter out, ObjectChecksum checksum) {
    boolean first = isOfTheFirst(checksum.algorithm());
    FieldWriter compact = compact(checksum);
    if (compact != null) {
      out.nested(first ? BodyTags.CHECKSUM : BodyTags.FURTHER_CHECKSUM, compact);
      return;
    }
    var text = new FieldWriter(64);
    text.oneByte(code(checksum.algorithm()));
    text.oneByte(checksum.composite() ? 1 : 0);
    text.raw(checksum.base64().getBytes(StandardCharsets.UTF_8));
    out.nested(first ? BodyTags.CHECKSUM_TEXT : BodyTags.FURTHER_CHECKSUM_TEXT, text);
  }

  /// Writes what a part has for its object's default checksum.
  static void writeDefaultSum(FieldWriter out, ObjectChecksum sum) {
    FieldWriter compact = compact(sum);
    if (compact == null) {
      throw new IllegalStateException("a default sum that is no value: " + sum.base64());
    }
    out.nested(BodyTags.DEFAULT_SUM, compact);
  }

  private static @Nullable FieldWriter compact(ObjectChecksum checksum) {
    ObjectChecksum sum = withRaw(checksum);
    byte[] raw = sum.raw();
    if (raw == null) {
      return null;
    }
    var out = new FieldWriter(raw.length + 8);
    out.oneByte(code(sum.algorithm()));
    out.oneByte(sum.composite() ? 1 : 0);
    out.varint(sum.parts());
    out.raw(raw);
    return out;
  }

  /// The same, with its raw value if the text can be made from that again.
  private static ObjectChecksum withRaw(ObjectChecksum checksum) {
    if (checksum.raw() != null) {
      return checksum;
    }
    String text = checksum.base64();
    int dash = text.lastIndexOf('-');
    try {
      int parts = dash < 0 ? 0 : Integer.parseInt(text, dash + 1, text.length(), 10);
      byte[] raw = Base64.getDecoder().decode(dash < 0 ? text : text.substring(0, dash));
      ObjectChecksum sum = ObjectChecksum.ofRaw(checksum.algorithm(), raw, parts, checksum.composite());
      return sum.equals(checksum) ? sum : checksum;
    } catch (IllegalArgumentException notRaw) {
      return checksum;
    }
  }

  /// Reads a checksum, which the reader's current field is; empty if it is of an algorithm that came later than this
  /// program.
  static Optional<ObjectChecksum> read(FieldReader in) throws MalformedMutationException {
    int tag = in.tag();
    FieldReader sum = in.nested();
    int code = sum.oneByte();
    ChecksumAlgorithm algorithm = ofCode(code);
    if (algorithm == null) {
      if (tag == BodyTags.CHECKSUM || tag == BodyTags.CHECKSUM_TEXT) {
        throw unknown(code);
      }
      return Optional.empty();
    }
    boolean composite = sum.oneByte() != 0;
    if (tag == BodyTags.CHECKSUM_TEXT || tag == BodyTags.FURTHER_CHECKSUM_TEXT) {
      return Optional.of(new ObjectChecksum(algorithm, sum.textOf(sum.remaining()), composite));
    }
    int parts = (int) sum.varint();
    return Optional.of(ObjectChecksum.ofRaw(algorithm, sum.raw(sum.remaining()), parts, composite));
  }

  private static MalformedMutationException unknown(int code) {
    return new MalformedMutationException("checksum of unknown algorithm " + code);
  }
}
