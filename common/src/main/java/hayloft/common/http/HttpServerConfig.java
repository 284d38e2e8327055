package hayloft.common.http;

import java.time.Duration;

/// Limits of one listening port.
///
/// @param maxConnections further ones are refused with 503 and closed
/// @param maxForks exchanges on virtual threads at a time; [HttpExchange#fork] answers further ones with 503. Nobody
///   may have so many that they take more than half of his heap
/// @param maxBufferedBytes bodies and answers on their way between sockets and forks, over all connections; above half
///   of it each connection keeps to one piece, above all of it [HttpExchange#fork] answers with 503
/// @param maxHeapBytes connections, their requests and what is read of them before its sender is known, over all of
///   them
/// @param strangersPercent of forks, buffers and heap that connections without credentials may have together; one
///   user's may have four fifths of the rest, so that the two leave something to everybody else, or as much if that is
///   more
/// @param maxInitialLineBytes request line
/// @param maxHeaderBytes all header fields together
/// @param aggregateBytes bodies up to this size are handed over whole
/// @param headerTimeout from the first byte of a request to the end of its head
/// @param bodyTimeout without any progress of a body, in either direction
/// @param idleTimeout of a connection between requests
public record HttpServerConfig(int maxConnections, int maxForks, long maxBufferedBytes, long maxHeapBytes,
    int strangersPercent, int maxInitialLineBytes, int maxHeaderBytes, int aggregateBytes, Duration headerTimeout,
    Duration bodyTimeout, Duration idleTimeout) {

  public static final HttpServerConfig DEFAULTS = new HttpServerConfig(16_384, 4096, 128 << 20,
      Runtime.getRuntime().maxMemory() / 8 * 3, 25, 16 << 10, 32 << 10, 64 << 10, Duration.ofSeconds(20),
      Duration.ofSeconds(30), Duration.ofSeconds(120));

  public HttpServerConfig {
    requirePositive("http.maxConnections", maxConnections);
    requirePositive("http.maxForks", maxForks);
    requirePositive("http.maxBufferedBytes", maxBufferedBytes);
    requirePositive("http.maxHeapBytes", maxHeapBytes);
    if (strangersPercent < 1 || strangersPercent > 100) {
      throw new IllegalArgumentException("http.strangersPercent must be from 1 to 100, got " + strangersPercent);
    }
    requirePositive("http.maxInitialLineBytes", maxInitialLineBytes);
    requirePositive("http.maxHeaderBytes", maxHeaderBytes);
    requirePositive("http.aggregateBytes", aggregateBytes);
    requirePositive("http.headerTimeout", headerTimeout.toMillis());
    requirePositive("http.bodyTimeout", bodyTimeout.toMillis());
    requirePositive("http.idleTimeout", idleTimeout.toMillis());
  }

  int userPercent() {
    return Math.max(strangersPercent, (100 - strangersPercent) * 4 / 5);
  }

  public HttpServerConfig withMaxConnections(int next) {
    return new HttpServerConfig(next, maxForks, maxBufferedBytes, maxHeapBytes, strangersPercent, maxInitialLineBytes,
        maxHeaderBytes, aggregateBytes, headerTimeout, bodyTimeout, idleTimeout);
  }

  public HttpServerConfig withMaxBufferedBytes(long next) {
    return new HttpServerConfig(maxConnections, maxForks, next, maxHeapBytes, strangersPercent, maxInitialLineBytes,
        maxHeaderBytes, aggregateBytes, headerTimeout, bodyTimeout, idleTimeout);
  }

  public HttpServerConfig withMaxHeapBytes(long next) {
    return new HttpServerConfig(maxConnections, maxForks, maxBufferedBytes, next, strangersPercent, maxInitialLineBytes,
        maxHeaderBytes, aggregateBytes, headerTimeout, bodyTimeout, idleTimeout);
  }

  private static void requirePositive(String name, long value) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + " must be positive, got " + value);
    }
  }
}
