package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class HttpServerConfigTest {

  @Test
  void defaults() {
    HttpServerConfig defaults = HttpServerConfig.DEFAULTS;
    assertEquals(16_384, defaults.maxConnections());
    assertEquals(4096, defaults.maxForks());
    assertEquals(134_217_728, defaults.maxBufferedBytes());
    assertEquals(16_384, defaults.maxInitialLineBytes());
    assertEquals(32_768, defaults.maxHeaderBytes());
    assertEquals(65_536, defaults.aggregateBytes());
    assertEquals(Duration.ofSeconds(20), defaults.headerTimeout());
    assertEquals(Duration.ofSeconds(30), defaults.bodyTimeout());
    assertEquals(Duration.ofSeconds(120), defaults.idleTimeout());
  }

  @Test
  void whatCannotBeALimitIsNamed() {
    Duration second = Duration.ofSeconds(1);
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class,
        () -> new HttpServerConfig(1, 1, 1, 1, 1, 1, 1, 1, second, Duration.ZERO, second));
    assertTrue(e.getMessage().startsWith("http.bodyTimeout"));
  }
}
