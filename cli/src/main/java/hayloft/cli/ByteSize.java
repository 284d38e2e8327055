package hayloft.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Sizes as people write them: `30GB`, `64MiB`, `1.5G`, `4096`. Stateless.
///
/// As on disks' labels, `KB`, `MB`, `GB`, `TB` (and `K`, `M`, `G`, `T`) are powers of 1000, and `KiB`, `MiB`, `GiB`,
/// `TiB` powers of 1024.
public final class ByteSize {

  private static final Map<String, Long> UNITS = new TreeMap<>(Map.ofEntries(Map.entry("", 1L), Map.entry("b", 1L),
      Map.entry("k", 1_000L), Map.entry("kb", 1_000L), Map.entry("kib", 1L << 10), Map.entry("m", 1_000_000L),
      Map.entry("mb", 1_000_000L), Map.entry("mib", 1L << 20), Map.entry("g", 1_000_000_000L),
      Map.entry("gb", 1_000_000_000L), Map.entry("gib", 1L << 30), Map.entry("t", 1_000_000_000_000L),
      Map.entry("tb", 1_000_000_000_000L), Map.entry("tib", 1L << 40)));

  private static final String UNIT_LETTERS = "kMGTP";

  private ByteSize() {}

  /// For people, rounded, in powers of 1000: `512 B`, `1.5 GB`.
  public static String text(long bytes) {
    if (bytes < 1000) {
      return bytes + " B";
    }
    double value = bytes;
    int unit = -1;
    while (value >= 999.5 && unit < UNIT_LETTERS.length() - 1) {
      value /= 1000;
      unit++;
    }
    return String.format(Locale.ROOT, value < 10 ? "%.1f %sB" : "%.0f %sB", value, UNIT_LETTERS.charAt(unit));
  }

  /// @throws IllegalArgumentException if the text is no size; the message quotes it and shows what is
  public static long parse(String text) {
    String trimmed = text.strip().toLowerCase(Locale.ROOT);
    int digits = 0;
    while (digits < trimmed.length() && (Character.isDigit(trimmed.charAt(digits)) || trimmed.charAt(digits) == '.')) {
      digits++;
    }
    Long unit = UNITS.get(trimmed.substring(digits).strip());
    if (unit == null || digits == 0) {
      throw new IllegalArgumentException("not a size: \"" + text + "\"; write for instance 30GB, 64MiB or 4096");
    }
    try {
      return new BigDecimal(trimmed.substring(0, digits)).multiply(BigDecimal.valueOf(unit)).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw new IllegalArgumentException("not a whole number of bytes: \"" + text + "\"", e);
    }
  }
}
