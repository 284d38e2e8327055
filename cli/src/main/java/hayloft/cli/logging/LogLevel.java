package hayloft.cli.logging;

import hayloft.cli.config.Unfit;
import java.util.Locale;
import java.util.logging.Level;
import picocli.CommandLine.ITypeConverter;

/// From which level on a logger, and those below it, are heard. Immutable.
///
/// @param logger a package or class: `hayloft.filer`
public record LogLevel(String logger, Level level) {

  /// Of everything of ours.
  private static final String OURS = "hayloft";

  static final LogLevel USUAL = new LogLevel(OURS, Level.INFO);

  /// Reads `debug`, for everything of ours, and `hayloft.filer=debug`.
  public static final class Converter implements ITypeConverter<LogLevel> {
    @Override
    public LogLevel convert(String text) {
      int equals = text.indexOf('=');
      String logger = equals < 0 ? OURS : text.substring(0, equals).strip();
      Level level = switch (text.substring(equals + 1).strip().toLowerCase(Locale.ROOT)) {
        case "error" -> Level.SEVERE;
        case "warning", "warn" -> Level.WARNING;
        case "info" -> Level.INFO;
        case "debug" -> Level.FINE;
        case "trace" -> Level.FINER;
        default -> throw new Unfit("error, warning, info, debug or trace, alone or as LOGGER=LEVEL", text);
      };
      if (logger.isEmpty()) {
        throw new Unfit("error, warning, info, debug or trace, alone or as LOGGER=LEVEL", text);
      }
      return new LogLevel(logger, level);
    }
  }
}
