package hayloft.filer.mutation;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// A checksum in a body: raw bytes where the text can be made from them again.
///
///     checksum := algorithm(1) composite(1) varint(N of the text's "-N" suffix, 0 for none) raw bytes
final class Checksums {

  private Checksums() {}

  static int code(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> 1;
      case CRC32C -> 2;
      case CRC64NVME -> 3;
      case SHA1 -> 4;
      case SHA256 -> 5;
    };
  }

  static ChecksumAlgorithm ofCode(int code) throws MalformedMutationException {
    return switch (code) {
      case 1 -> ChecksumAlgorithm.CRC32;
      case 2 -> ChecksumAlgorithm.CRC32C;
      case 3 -> ChecksumAlgorithm.CRC64NVME;
      case 4 -> ChecksumAlgorithm.SHA1;
      case 5 -> ChecksumAlgorithm.SHA256;
      default -> throw new MalformedMutationException("checksum of unknown algorithm " + code);
    };
  }

  static void write(FieldWriter out, ObjectChecksum checksum) {
    FieldWriter compact = compact(checksum);
    if (compact != null) {
      out.nested(BodyTags.CHECKSUM, compact);
      return;
    }
    var text = new FieldWriter(64);
    text.oneByte(code(checksum.algorithm()));
    text.oneByte(checksum.composite() ? 1 : 0);
    text.raw(checksum.base64().getBytes(StandardCharsets.UTF_8));
    out.nested(BodyTags.CHECKSUM_TEXT, text);
  }

  private static @Nullable FieldWriter compact(ObjectChecksum checksum) {
    String text = checksum.base64();
    int dash = text.lastIndexOf('-');
    try {
      int parts = dash < 0 ? 0 : Integer.parseInt(text, dash + 1, text.length(), 10);
      byte[] raw = Base64.getDecoder().decode(dash < 0 ? text : text.substring(0, dash));
      if (!text(raw, parts).equals(text)) {
        return null;
      }
      var out = new FieldWriter(raw.length + 8);
      out.oneByte(code(checksum.algorithm()));
      out.oneByte(checksum.composite() ? 1 : 0);
      out.varint(parts);
      out.raw(raw);
      return out;
    } catch (IllegalArgumentException notRaw) {
      return null;
    }
  }

  static ObjectChecksum read(FieldReader in) throws MalformedMutationException {
    ChecksumAlgorithm algorithm = ofCode(in.oneByte());
    boolean composite = in.oneByte() != 0;
    int parts = (int) in.varint();
    return new ObjectChecksum(algorithm, text(in.raw(in.remaining()), parts), composite);
  }

  static ObjectChecksum readText(FieldReader in) throws MalformedMutationException {
    ChecksumAlgorithm algorithm = ofCode(in.oneByte());
    boolean composite = in.oneByte() != 0;
    return new ObjectChecksum(algorithm, in.textOf(in.remaining()), composite);
  }

  private static String text(byte[] raw, int parts) {
    String base64 = Base64.getEncoder().encodeToString(raw);
    return parts == 0 ? base64 : base64 + "-" + parts;
  }
}
