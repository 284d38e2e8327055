package hayloft.volume.http;

import hayloft.common.ByteRange;
import java.util.Optional;

/// The `Range` header of a request. [RFC 9110, 14.1](https://www.rfc-editor.org/rfc/rfc9110#section-14.1)
sealed interface RequestedRange {

  /// No range, or one that need not be honoured: several ranges, another unit, bad syntax.
  record Whole() implements RequestedRange {}

  record Part(ByteRange range) implements RequestedRange {}

  record Unsatisfiable() implements RequestedRange {}

  static RequestedRange of(Optional<String> header, long sizeBytes) {
    String text = header.orElse("").strip();
    if (!text.startsWith("bytes=") || text.indexOf(',') >= 0) {
      return new Whole();
    }
    String spec = text.substring("bytes=".length()).strip();
    int dash = spec.indexOf('-');
    if (dash < 0) {
      return new Whole();
    }
    try {
      if (dash == 0) {
        long last = Math.min(parse(spec.substring(1)), sizeBytes);
        return last == 0 ? new Unsatisfiable() : new Part(new ByteRange(sizeBytes - last, sizeBytes));
      }
      long from = parse(spec.substring(0, dash));
      long to = dash == spec.length() - 1 ? Long.MAX_VALUE : parse(spec.substring(dash + 1));
      if (to < from) {
        return new Whole();
      }
      return from >= sizeBytes ? new Unsatisfiable() : new Part(new ByteRange(from, Math.min(to, sizeBytes - 1) + 1));
    } catch (NumberFormatException e) {
      return new Whole();
    }
  }

  private static long parse(String digits) {
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw new NumberFormatException("not digits: " + digits);
    }
    return Long.parseLong(digits);
  }
}
