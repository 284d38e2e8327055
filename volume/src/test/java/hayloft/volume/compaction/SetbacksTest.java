package hayloft.volume.compaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SetbacksTest {

  private long now;
  private final Setbacks setbacks = new Setbacks(Duration.ofSeconds(30), () -> now);

  @Test
  void aVolumeIsLeftAloneTwiceAsLongEachTimeAndADayAtMost() {
    Duration expected = Duration.ofSeconds(30);
    for (int i = 0; i < 100; i++) {
      setbacks.failed(7, "EIO");
      assertEquals(expected, setbacks.pauseOf(7));
      now += expected.toNanos() - 1;
      assertFalse(setbacks.isDue(7));
      now++;
      assertTrue(setbacks.isDue(7));
      Duration twice = expected.multipliedBy(2);
      expected = twice.compareTo(Duration.ofDays(1)) > 0 ? Duration.ofDays(1) : twice;
    }
    assertTrue(setbacks.isDue(8), "no other waits");
  }

  @Test
  void newsAreTheFirstFailureAndAnother() {
    assertTrue(setbacks.failed(7, "EIO"));
    assertFalse(setbacks.failed(7, "EIO"));
    assertTrue(setbacks.failed(7, "no space"));
    assertTrue(setbacks.failed(8, "EIO"));
    assertEquals(2, setbacks.count());
    setbacks.succeeded(7);
    assertTrue(setbacks.isDue(7));
    assertTrue(setbacks.failed(7, "EIO"));
    assertEquals(Duration.ofSeconds(30), setbacks.pauseOf(7), "from the start again");
    setbacks.keepOnly(List.of(7));
    assertEquals(1, setbacks.count());
  }
}
