package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class IdleSettingsTest {

  @Test
  void whatDoesNothingIsTold() {
    assertEquals(List.of(new IdleSettings.Idle("access-log-format", "access-log is not set")),
        IdleSettings.among(Map.of("access-log-format", "json")));
    assertEquals(List.of(new IdleSettings.Idle("scrub-rate", "scrub-period is 0")),
        IdleSettings.among(Map.of("scrub-rate", "1MiB", "scrub-period", "0")));
    assertEquals(List.of("compact-dead", "compact-min"),
        IdleSettings.among(Map.of("compact-dead", "10", "compact-min", "1MiB", "compact-every", "0s")).stream()
            .map(IdleSettings.Idle::key).toList());
    assertEquals(List.of("otlp-interval", "HAYLOFT_OTLP_HEADERS"),
        IdleSettings.among(Map.of("otlp-interval", "1m", "HAYLOFT_OTLP_HEADERS", "a=b")).stream()
            .map(IdleSettings.Idle::key).toList());
  }

  @Test
  void whatDoesSomethingIsNot() {
    assertEquals(List.of(), IdleSettings.among(Map.of()));
    assertEquals(List.of(), IdleSettings.among(Map.of("access-log-format", "json", "access-log", "-")));
    assertEquals(List.of(), IdleSettings.among(Map.of("scrub-rate", "1MiB")));
    assertEquals(List.of(), IdleSettings.among(Map.of("compact-dead", "10", "compact-every", "30")));
    assertEquals(List.of(), IdleSettings.among(Map.of("otlp-interval", "1m", "otlp-endpoint", "http://a")));
  }
}
