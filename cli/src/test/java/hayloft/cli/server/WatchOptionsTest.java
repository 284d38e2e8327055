package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.s3.record.AccessLog;
import java.io.IOException;
import java.net.URI;
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
    assertEquals(
        new Watching(Optional.empty(), List.of(), Optional.empty(), AccessLog.Format.S3, Optional.empty(),
            Optional.empty(), Duration.ofMinutes(1), 0),
        parse());
  }

  @Test
  void whatIsAskedForIsTaken() {
    String file = directory.resolve("access.log").toString();
    Watching watching = parse("--metrics-token", "oats", "--access-log", file, "--access-log-format", "json",
        "--slow-request", "250ms", "--otlp-endpoint", "https://collector:4318", "--otlp-interval", "10s");
    assertEquals(new Watching(Optional.of("oats"), List.of(), Optional.of(file), AccessLog.Format.JSON,
        Optional.of(Duration.ofMillis(250)), Optional.of(URI.create("https://collector:4318/v1/metrics")),
        Duration.ofSeconds(10), 100), watching);
    assertEquals(Optional.of(URI.create("http://[::1]:9090/api/v1/otlp/v1/metrics?tenant=a")),
        parse("--otlp-endpoint", "http://[::1]:9090/api/v1/otlp/v1/metrics?tenant=a").otlpEndpoint());
    assertFalse(watching.toString().contains("oats"), "a secret");
    assertEquals(Optional.of("-"), parse("--access-log", "-").accessLog());
    assertEquals(Optional.of(Duration.ofMinutes(2)), parse("--slow-request", "2m").slowRequest());
    assertEquals(Optional.of(Duration.ofSeconds(1)), parse("--slow-request", "1s").slowRequest());
    assertEquals(Optional.empty(), parse("--slow-request", "off").slowRequest());
  }

  @Test
  void namesOfBucketsAreToldUnaskedOnlyToWhoHasAToken() {
    assertEquals(0, parse().bucketFigures());
    assertEquals(100, parse("--metrics-token", "oats").bucketFigures());
    assertEquals(7, parse("--bucket-figures", "7").bucketFigures());
    assertEquals(0, parse("--metrics-token", "oats", "--bucket-figures", "0").bucketFigures());
    for (String wrong : List.of("all", "-1", "10001")) {
      assertThrows(ParameterException.class, () -> parse("--bucket-figures", wrong));
    }
  }

  @Test
  void theTokenMayStandInAFile() throws IOException {
    Path file = Files.writeString(directory.resolve("token"), "oats\n");
    assertEquals(Optional.of("oats"), parse("--metrics-token-file", file.toString()).metricsToken());
    assertFalse(parse("--metrics-token-file", file.toString()).toString().contains("oats"), "a secret");
    assertThrows(IllegalArgumentException.class,
        () -> parse("--metrics-token-file", file.toString(), "--metrics-token", "rye"));
    for (String wrong : List.of("two words", "", "two\nlines")) {
      Files.writeString(file, wrong);
      var refusal = assertThrows(ParameterException.class, () -> parse("--metrics-token-file", file.toString()));
      assertFalse(String.valueOf(refusal.getMessage()).contains("two"), refusal.getMessage());
    }
    assertThrows(ParameterException.class,
        () -> parse("--metrics-token-file", directory.resolve("absent").toString()));
  }

  @Test
  void whatCannotWorkIsRefused() {
    for (List<String> wrong : List.of(List.of("--slow-request", "soon"), List.of("--slow-request", "1"),
        List.of("--metrics-token", "two words"), List.of("--access-log", directory.resolve("none/here").toString()),
        List.of("--access-log-format", "xml"), List.of("--otlp-endpoint", "collector:4318"),
        List.of("--otlp-endpoint", "ftp://collector"), List.of("--otlp-endpoint", "http://me:secret@collector"),
        List.of("--otlp-endpoint", "http:///v1/metrics"), List.of("--otlp-endpoint", ""),
        List.of("--otlp-interval", "100ms"), List.of("--otlp-interval", "61m"), List.of("--otlp-interval", "off"))) {
      assertThrows(ParameterException.class, () -> parse(wrong.toArray(String[]::new)), wrong::toString);
    }
  }
}
