package hayloft.common.http;

import hayloft.common.ByteRange;

/// Reads `Range`. Stateless. [RFC 9110, section 14](https://www.rfc-editor.org/rfc/rfc9110#section-14)
public final class RangeHeader {

  private static final String UNIT = "bytes=";

  private RangeHeader() {}

  /// What a header asks for of something of a certain size.
  public sealed interface Selection {
    /// No range, several, or something that is no range of bytes: the whole.
    record Whole() implements Selection {}

    record Part(ByteRange range) implements Selection {}

    /// Nothing of it lies inside.
    record Unsatisfiable() implements Selection {}
  }

  /// @param header all lines of it: several ranges are none that is served
  public static Selection select(String header, long sizeBytes) {
    String text = header.strip();
    if (!text.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
      return new Selection.Whole();
    }
    String spec = text.substring(UNIT.length()).strip();
    int dash = spec.indexOf('-');
    if (dash < 0 || spec.indexOf(',') >= 0) {
      return new Selection.Whole();
    }
    String first = spec.substring(0, dash).strip();
    String last = spec.substring(dash + 1).strip();
    if (!isNumber(first) || !isNumber(last) || first.isEmpty() && last.isEmpty()) {
      return new Selection.Whole();
    }
    if (first.isEmpty()) {
      long suffix = number(last);
      return suffix == 0 || sizeBytes == 0
          ? new Selection.Unsatisfiable()
          : new Selection.Part(new ByteRange(Math.max(0, sizeBytes - suffix), sizeBytes));
    }
    long from = number(first);
    long to = last.isEmpty() ? Long.MAX_VALUE : number(last);
    if (to < from) {
      return new Selection.Whole();
    }
    return from >= sizeBytes
        ? new Selection.Unsatisfiable()
        : new Selection.Part(new ByteRange(from, Math.min(to, sizeBytes - 1) + 1));
  }

  private static boolean isNumber(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// Digits, capped: what does not fit a long lies beyond everything.
  private static long number(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException _) {
      return Long.MAX_VALUE;
    }
  }
}
