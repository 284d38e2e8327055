package hayloft.filer.objects;

import java.util.OptionalLong;

/// Version ids and upload ids as clients see them: 32 hex digits, half of them the sequence, half a check, so that an
/// id leads straight to its row and one that was made up leads nowhere. Stateless.
public final class VersionIds {

  public static final String NULL = "null";

  private static final int DIGITS = 16;

  private VersionIds() {}

  public static String of(long sequence) {
    return digits(sequence) + digits(check(sequence));
  }

  /// The sequence of an id; empty if it is none of ours.
  public static OptionalLong parse(String id) {
    OptionalLong sequence = head(id);
    return sequence.isPresent() && of(sequence.getAsLong()).equals(id) ? sequence : OptionalLong.empty();
  }

  /// Whether it names a version, or a place among versions.
  public static boolean isPosition(String id) {
    return VersionPosition.parse(id).isPresent();
  }

  private static OptionalLong head(String id) {
    if (id.length() != 2 * DIGITS) {
      return OptionalLong.empty();
    }
    try {
      return OptionalLong.of(Long.parseUnsignedLong(id, 0, DIGITS, 16));
    } catch (NumberFormatException _) {
      return OptionalLong.empty();
    }
  }

  /// An id that says the same sequence and is no version's: see [VersionPosition].
  static String mirrored(long sequence) {
    return digits(sequence) + digits(~check(sequence));
  }

  /// The sequence of a mirrored id; empty if it is none.
  static OptionalLong parseMirrored(String id) {
    OptionalLong sequence = head(id);
    return sequence.isPresent() && mirrored(sequence.getAsLong()).equals(id) ? sequence : OptionalLong.empty();
  }

  private static String digits(long value) {
    String hex = Long.toHexString(value);
    return "0".repeat(DIGITS - hex.length()) + hex;
  }

  /// The finalizer of SplitMix64: no secret, just unlikely to be hit by chance.
  private static long check(long sequence) {
    long z = sequence + 0x9E37_79B9_7F4A_7C15L;
    z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }
}
