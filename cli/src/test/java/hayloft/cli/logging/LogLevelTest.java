package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.cli.config.Unfit;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogLevelTest {

  private static LogLevel read(String text) {
    return new LogLevel.Converter().convert(text);
  }

  private static boolean hears(String logger, Level level) {
    return Logger.getLogger(logger).isLoggable(level);
  }

  @AfterEach
  void asUsual() {
    Logging.apply(LogFormat.TEXT, List.of());
  }

  @ParameterizedTest
  @CsvSource({"info, hayloft, INFO", "DEBUG, hayloft, FINE", "warning, hayloft, WARNING", "warn, hayloft, WARNING",
      "hayloft.filer=trace, hayloft.filer, FINER", "io.netty = error, io.netty, SEVERE"})
  void levelsAreReadAloneAndForALogger(String text, String logger, String level) {
    assertEquals(new LogLevel(logger, Level.parse(level)), read(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "loud", "=debug", "hayloft.filer=", "hayloft.filer=loud", "hayloft.filer"})
  void whatIsNoLevelIsRefused(String text) {
    assertThrows(Unfit.class, () -> read(text));
  }

  @Test
  void levelsComeIntoForceAndGoAgain() {
    Logging.apply(LogFormat.TEXT, List.of(read("warning"), read("hayloft.filer=debug")));
    assertEquals("false true true false", hears("hayloft.volume", Level.INFO) + " "
        + hears("hayloft.volume", Level.WARNING) + " " + hears("hayloft.filer.Catalog", Level.FINE) + " "
        + hears("hayloft.filer.Catalog", Level.FINER));
    Logging.apply(LogFormat.TEXT, List.of());
    assertEquals("true false", hears("hayloft.volume", Level.INFO) + " " + hears("hayloft.filer.Catalog", Level.FINE));
  }
}
