package hayloft.cli.server;

import hayloft.s3.record.AccessLog;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How the server may be watched. Immutable.
///
/// @param metricsToken what who reads `/metrics` must have; empty for anybody
/// @param secretFiles files with secrets of these settings, which nobody else should read
/// @param accessLog file, or `-` for standard output; empty for none
/// @param slowRequest requests that take longer are logged; empty for none
/// @param otlpEndpoint where figures are sent; empty for nowhere
/// @param otlpInterval how often
/// @param bucketFigures of how many buckets figures are told
record Watching(Optional<String> metricsToken, List<Path> secretFiles, Optional<String> accessLog,
    AccessLog.Format accessLogFormat, Optional<Duration> slowRequest, Optional<URI> otlpEndpoint,
    Duration otlpInterval, int bucketFigures) {

  Watching {
    secretFiles = List.copyOf(secretFiles);
  }

  @Override
  public String toString() {
    return "Watching[accessLog=" + accessLog + ", slowRequest=" + slowRequest + ", otlpEndpoint=" + otlpEndpoint
        + ", otlpInterval=" + otlpInterval + ", bucketFigures=" + bucketFigures + "]"; // the token is a secret
  }
}
