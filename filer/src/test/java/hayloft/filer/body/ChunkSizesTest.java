package hayloft.filer.body;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class ChunkSizesTest {

  @Test
  void chunksShrinkSoThatAllBodiesTogetherStayWithinTheMemory() {
    var sizes = new ChunkSizes(4 << 20, 64 << 20);
    assertEquals(4 << 20, sizes.bytes());
    for (int writers = 1; writers <= 300; writers++) {
      sizes.enter();
      assertTrue(2L * writers * sizes.bytes() <= 64 << 20, writers + " writers of " + sizes.bytes() + " bytes");
    }
    for (int writers = 300; writers > 0; writers--) {
      sizes.leave();
    }
    assertEquals(4 << 20, sizes.bytes());
  }

  @Test
  void manyBodiesStillGetChunksOfAUsefulSize() {
    var sizes = new ChunkSizes(4 << 20, 1 << 20);
    for (int writers = 0; writers < 100; writers++) {
      sizes.enter();
    }
    assertEquals(ChunkSizes.SMALLEST_BYTES, sizes.bytes());
  }
}
