package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.s3.record.AccessLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParameterException;

final class WatchOptionsTest {

  @TempDir
  private Path directory = Path.of("");

  private static final class Options {
    @Mixin
    private WatchOptions options = new WatchOptions();
  }

  private static Watching parse(String... arguments) {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(arguments);
    return parsed.options.watching();
  }

  @Test
  void nothingIsWatchedUnlessItIsAskedFor() {
    assertEquals(new Watching(Optional.empty(), Optional.empty(), AccessLog.Format.S3, Optional.empty()), parse());
  }

  @Test
  void whatIsAskedForIsTaken() {
    String file = directory.resolve("access.log").toString();
    Watching watching = parse("--metrics-token", "oats", "--access-log", file, "--access-log-format", "json",
        "--slow-request", "250ms");
    assertEquals(new Watching(Optional.of("oats"), Optional.of(file), AccessLog.Format.JSON,
        Optional.of(Duration.ofMillis(250))), watching);
    assertFalse(watching.toString().contains("oats"), "a secret");
    assertEquals(Optional.of("-"), parse("--access-log", "-").accessLog());
    assertEquals(Optional.of(Duration.ofMinutes(2)), parse("--slow-request", "2m").slowRequest());
    assertEquals(Optional.of(Duration.ofSeconds(1)), parse("--slow-request", "1s").slowRequest());
    assertEquals(Optional.empty(), parse("--slow-request", "off").slowRequest());
  }

  @Test
  void theTokenMayStandInAFile() throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "oats\n");
    assertEquals(Optional.of("oats"), parse("--metrics-token-file", file.toString()).metricsToken());
    assertThrows(IllegalArgumentException.class,
        () -> parse("--metrics-token-file", file.toString(), "--metrics-token", "rye"));
    for (String wrong : List.of("two words", "", "two\nlines")) {
      Files.writeString(file, wrong);
      var refusal = assertThrows(ParameterException.class, () -> parse("--metrics-token-file", file.toString()));
      assertFalse(refusal.getMessage().contains("two"), refusal.getMessage());
    }
    assertThrows(ParameterException.class,
        () -> parse("--metrics-token-file", directory.resolve("absent").toString()));
  }

  @Test
  void whatCannotWorkIsRefused() {
    for (List<String> wrong : List.of(List.of("--slow-request", "soon"), List.of("--slow-request", "1"),
        List.of("--metrics-token", "two words"), List.of("--access-log", directory.resolve("none/here").toString()),
        List.of("--access-log-format", "xml"))) {
      assertThrows(ParameterException.class, () -> parse(wrong.toArray(String[]::new)), wrong::toString);
    }
  }
}
