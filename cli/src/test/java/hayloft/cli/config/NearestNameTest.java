package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NearestNameTest {

  private static final List<String> KNOWN = List.of("s3-port", "filer-port", "log-level", "durability", "dir",
      "HAYLOFT_S3_PORT", "HAYLOFT_LOG_LEVEL", "HAYLOFT_DIR");

  @ParameterizedTest
  @CsvSource({"s3port, s3-port", "s3_port, s3-port", "durabilty, durability", "dirs, dir", "log, log-level",
      "HAYLOFT_LOG, HAYLOFT_LOG_LEVEL", "HAYLOFT_S3PORT, HAYLOFT_S3_PORT", "HAYLOFT_DRI, HAYLOFT_DIR",
      "HAYLOFT_SOMETHING, ''", "unrelated, ''"})
  void theNearestKnownNameIsMeant(String given, String meant) {
    assertEquals(meant, NearestName.of(given, KNOWN).orElse(""));
  }
}
