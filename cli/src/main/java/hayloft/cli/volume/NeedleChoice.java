package hayloft.cli.volume;

import hayloft.cli.config.Unfit;
import hayloft.common.FileId;
import picocli.CommandLine.ITypeConverter;

/// Which needle of a volume is meant. Immutable.
sealed interface NeedleChoice {

  record At(long offsetBytes) implements NeedleChoice {}

  record Under(long key) implements NeedleChoice {}

  /// Reads a decimal offset, `0x` and a key in hex, or a file id.
  final class Reading implements ITypeConverter<NeedleChoice> {
    private static final String ALLOWED = "a decimal offset, a key such as 0x101, or a file id such as 7,0101637037d6";

    @Override
    public NeedleChoice convert(String text) {
      String stripped = text.strip();
      try {
        if (stripped.contains(",")) {
          return new Under(FileId.parse(stripped).key());
        }
        if (stripped.startsWith("0x")) {
          return new Under(Long.parseUnsignedLong(stripped.substring(2), 16));
        }
        long offset = Long.parseLong(stripped);
        if (offset >= 0) {
          return new At(offset);
        }
      } catch (IllegalArgumentException _) { // said below, with what is allowed
        throw new Unfit(ALLOWED, text);
      }
      throw new Unfit(ALLOWED, text);
    }
  }
}
