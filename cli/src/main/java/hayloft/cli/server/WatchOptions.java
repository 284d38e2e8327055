package hayloft.cli.server;

import hayloft.cli.config.Allowed;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Unfit;
import hayloft.common.metrics.OtlpTarget;
import hayloft.s3.record.AccessLog;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// The mixin with the settings of figures and of the logs that tell of requests.
@SettingGroup("Watching")
final class WatchOptions {

  private static final int USUAL_BUCKETS = 100;

  @Option(names = "--metrics-token", paramLabel = "TOKEN", converter = Token.class, description = "What who reads"
      + " /metrics has to send as a bearer token; not from the command line, which other users of the machine can read."
      + " Without it anybody may read it who reaches one of the ports that have it: all but S3's.")
  private Optional<String> metricsToken = Optional.empty();

  @Option(names = "--metrics-token-file", paramLabel = "FILE", converter = TokenFile.Converter.class,
      description = "File with that token, instead; read at the start.")
  private Optional<TokenFile> tokenFile = Optional.empty();

  @Option(names = "--access-log", paramLabel = "FILE", converter = LogFile.class, description = "Write a line for each "
      + "S3 request to this file, - for standard output. SIGHUP opens it anew after a rotation.")
  private Optional<String> accessLog = Optional.empty();

  @Option(names = "--access-log-format", paramLabel = "s3|json", defaultValue = "s3", description = "Lines as S3 "
      + "writes its server access logs, or a JSON object a line (default: ${DEFAULT-VALUE}).")
  private AccessLog.Format accessLogFormat = AccessLog.Format.S3;

  @Option(names = "--slow-request", paramLabel = "TIME", defaultValue = "off", converter = Threshold.class,
      description = "Log S3 requests that take longer than this, with what they waited for: off, or a time such as "
          + "500ms or 1s (default: ${DEFAULT-VALUE}).")
  private OptionalLong slowRequestMillis = OptionalLong.empty();

  @Option(names = "--otlp-endpoint", paramLabel = "URL", converter = Receiver.class, description = "Send all figures "
      + "to this receiver of OpenTelemetry's, by OTLP over HTTP; without a path, to /v1/metrics there. Headers that it "
      + "wants are in HAYLOFT_OTLP_HEADERS.")
  private Optional<URI> otlpEndpoint = Optional.empty();

  @Option(names = "--otlp-interval", paramLabel = "TIME", defaultValue = "1m", converter = Interval.class,
      description = "How often, from 1s to 60m (default: ${DEFAULT-VALUE}).")
  private Duration otlpInterval = Duration.ofMinutes(1);

  @Option(names = "--bucket-figures", paramLabel = "auto|N", defaultValue = "auto", converter = MostBuckets.class,
      description = "Tell figures of each of the N largest buckets: objects, versions, bytes, uploads, counted every "
          + "five minutes in the background; 0 for none. Names of buckets are told with them, so auto is 100 if who "
          + "reads /metrics needs a token, else 0 (default: ${DEFAULT-VALUE}).")
  private OptionalInt bucketFigures = OptionalInt.empty();

  /// @throws IllegalArgumentException if settings contradict each other
  Watching watching() {
    if (metricsToken.isPresent() && tokenFile.isPresent()) {
      throw new IllegalArgumentException("--metrics-token-file and HAYLOFT_METRICS_TOKEN (or metrics-token in a file)"
          + " are both set: leave one out");
    }
    Optional<String> token = metricsToken.or(() -> tokenFile.map(TokenFile::token));
    return new Watching(token, secretFiles(), accessLog,
        accessLogFormat, slowRequestMillis.isPresent()
            ? Optional.of(Duration.ofMillis(slowRequestMillis.getAsLong()))
            : Optional.empty(),
        otlpEndpoint, otlpInterval, bucketFigures.orElse(token.isPresent() ? USUAL_BUCKETS : 0));
  }

  /// Files that hold a secret of these settings.
  List<Path> secretFiles() {
    return tokenFile.map(TokenFile::path).stream().toList();
  }

  static final class Token implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (text.isBlank() || !text.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
        throw new Unfit("a token of printable ASCII without blanks", "something else");
      }
      return text;
    }
  }

  /// A file and the token that it holds, without the end of its line.
  record TokenFile(Path path, String token) {

    static final class Converter implements ITypeConverter<TokenFile> {
      @Override
      public TokenFile convert(String name) {
        try {
          Path path = Path.of(name);
          return new TokenFile(path, new Token().convert(Files.readString(path).strip()));
        } catch (IOException | InvalidPathException | Unfit _) { // said below, without what is in the file
          throw new Unfit("a file with a token of printable ASCII without blanks", name);
        }
      }
    }

    @Override
    public String toString() {
      return path.toString(); // the token is a secret
    }
  }

  static final class MostBuckets implements ITypeConverter<OptionalInt> {
    private static final int MOST = 10_000;

    @Override
    public OptionalInt convert(String text) {
      if (text.strip().equals("auto")) {
        return OptionalInt.empty();
      }
      try {
        int number = Integer.parseInt(text.strip());
        if (number >= 0 && number <= MOST) {
          return OptionalInt.of(number);
        }
      } catch (NumberFormatException _) { // said below
      }
      throw new Unfit("auto or a number from 0 to " + MOST, text);
    }
  }

  static final class LogFile implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (!text.equals("-")) {
        new Allowed.LogFile().convert(text);
      }
      return text;
    }
  }

  static final class Receiver implements ITypeConverter<URI> {
    @Override
    public URI convert(String text) {
      try {
        return OtlpTarget.endpoint(text);
      } catch (IllegalArgumentException _) { // said without the address: it may hold a password
        throw new Unfit("an http:// or https:// address without a user in it", "something else");
      }
    }
  }

  static final class Interval implements ITypeConverter<Duration> {
    private static final String ALLOWED = "a time from 1s to 60m, such as 30s";
    private static final Duration MOST = Duration.ofMinutes(60);

    @Override
    public Duration convert(String text) {
      Duration interval = Threshold.time(text).orElseThrow(() -> new Unfit(ALLOWED, text));
      if (interval.compareTo(Duration.ofSeconds(1)) < 0 || interval.compareTo(MOST) > 0) {
        throw new Unfit(ALLOWED, text);
      }
      return interval;
    }
  }

  /// In milliseconds; `off` is empty.
  static final class Threshold implements ITypeConverter<OptionalLong> {
    private static final Pattern TIME = Pattern.compile("(\\d{1,9})(ms|s|m)");

    @Override
    public OptionalLong convert(String text) {
      if (text.equals("off")) {
        return OptionalLong.empty();
      }
      return OptionalLong.of(time(text)
          .orElseThrow(() -> new Unfit("off, or a time such as 500ms, 1s or 2m", text)).toMillis());
    }

    /// Empty if the text is none.
    static Optional<Duration> time(String text) {
      Matcher time = TIME.matcher(text.strip());
      if (!time.matches()) {
        return Optional.empty();
      }
      long number = Long.parseLong(time.group(1));
      return Optional.of(switch (time.group(2)) {
        case "ms" -> Duration.ofMillis(number);
        case "s" -> Duration.ofSeconds(number);
        default -> Duration.ofMinutes(number);
      });
    }
  }
}
