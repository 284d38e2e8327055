package hayloft.s3.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class AuthConfigTest {

  @Test
  void defaults() {
    assertEquals("us-east-1", AuthConfig.DEFAULTS.region());
    assertTrue(AuthConfig.DEFAULTS.anyRegion());
    assertFalse(AuthConfig.DEFAULTS.allowSigV2());
    assertEquals(Duration.ofMinutes(15), AuthConfig.DEFAULTS.maxSkew());
  }

  @Test
  void aStoreHasARegion() {
    assertThrows(IllegalArgumentException.class, () -> new AuthConfig("", true, true, Duration.ofMinutes(15)));
  }
}
