package hayloft.cli.volume;

import hayloft.common.FileId;

/// Which needle of a volume is meant. Immutable.
sealed interface NeedleChoice {

  record At(long offsetBytes) implements NeedleChoice {}

  record Under(long key) implements NeedleChoice {}

  /// A decimal offset, `0x` and a key in hex, or a file id. picocli calls it.
  ///
  /// @throws IllegalArgumentException if it is none of these
  static NeedleChoice valueOf(String text) {
    String stripped = text.strip();
    if (stripped.contains(",")) {
      return new Under(FileId.parse(stripped).key());
    }
    try {
      if (stripped.startsWith("0x")) {
        return new Under(Long.parseUnsignedLong(stripped.substring(2), 16));
      }
      long offset = Long.parseLong(stripped);
      if (offset >= 0) {
        return new At(offset);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(refusal(text), e);
    }
    throw new IllegalArgumentException(refusal(text));
  }

  private static String refusal(String text) {
    return "a needle is a decimal offset, a key such as 0x101, or a file id such as 7,0101637037d6, not " + text;
  }
}
