package hayloft.cli.logging;

import hayloft.cli.config.Unfit;
import java.util.Locale;
import java.util.Optional;
import java.util.logging.Level;
import picocli.CommandLine.ITypeConverter;

/// From which level on a logger, and those below it, are heard. Immutable.
///
/// @param logger a package or class: `hayloft.filer`
public record LogLevel(String logger, Level level) {

  /// Of everything of ours.
  public static final String OURS = "hayloft";

  static final LogLevel USUAL = new LogLevel(OURS, Level.INFO);

  /// Reads `debug`, for everything of ours, and `hayloft.filer=debug`.
  public static final class Converter implements ITypeConverter<LogLevel> {
    @Override
    public LogLevel convert(String text) {
      int equals = text.indexOf('=');
      String logger = equals < 0 ? OURS : text.substring(0, equals).strip();
      Level level = named(text.substring(equals + 1))
          .orElseThrow(() -> new Unfit("error, warning, info, debug or trace, alone or as LOGGER=LEVEL", text));
      if (logger.isEmpty()) {
        throw new Unfit("error, warning, info, debug or trace, alone or as LOGGER=LEVEL", text);
      }
      return new LogLevel(logger, level);
    }
  }

  /// Empty if there is none of that name.
  public static Optional<Level> named(String name) {
    return switch (name.strip().toLowerCase(Locale.ROOT)) {
      case "error" -> Optional.of(Level.SEVERE);
      case "warning", "warn" -> Optional.of(Level.WARNING);
      case "info" -> Optional.of(Level.INFO);
      case "debug" -> Optional.of(Level.FINE);
      case "trace" -> Optional.of(Level.FINER);
      default -> Optional.empty();
    };
  }

  /// The name of its level, as it is given.
  public String name() {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "error";
    }
    if (value >= Level.WARNING.intValue()) {
      return "warning";
    }
    if (value >= Level.INFO.intValue()) {
      return "info";
    }
    return value >= Level.FINE.intValue() ? "debug" : "trace";
  }
}
