package hayloft.volume.disk;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class OneAtATimeTest {

  @Test
  void aSecondUserIsFoundWhileTheFirstIsThere() {
    OneAtATime writer = new OneAtATime();
    assertTrue(writer.begins());
    AssertionError second = assertThrows(AssertionError.class, writer::begins);
    assertTrue(String.valueOf(second.getMessage()).contains(Thread.currentThread().toString()), second.toString());
    assertTrue(writer.ends());
    assertTrue(writer.begins(), "one after the other is well");
  }
}
