package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LeastRateTest {

  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long SECOND = 1_000_000_000;

  /// A client whose bytes come in lumps, looked at twice a second for an hour.
  @ParameterizedTest
  @CsvSource({"1, 1100, 3600", "10, 11000, 3600", "25, 30000, 3600", "1, 1000000000, 3600", "29, 1000000000000, 3600",
      "31, 1000000000000, 30", "1, 0, 30", "1, 200, 37", "1, 1, 30", "25, 20000, 69"})
  void holdsForWhoeverKeepsIt(long everySeconds, long lumpBytes, long endsAfterSeconds) {
    var rate = new LeastRate();
    long moved = 12_345;
    rate.begin(moved, LIMIT, 0);
    for (long half = 1; half <= 7200; half++) {
      moved += half % (2 * everySeconds) == 0 ? lumpBytes : 0;
      if (!rate.isKept(moved, LIMIT, half * SECOND / 2)) {
        assertEquals(endsAfterSeconds, half / 2);
        return;
      }
    }
    assertEquals(endsAfterSeconds, 3600);
  }
}
