package hayloft.filer.body;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.BufferMemory.Level;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import org.junit.jupiter.api.Test;

final class ChunkSizesTest {

  @Test
  void chunksShrinkSoThatAllBodiesTogetherStayWithinTheMemory() throws Exception {
    var sizes = new ChunkSizes(4 << 20, 64 << 20, BufferMemory.AMPLE);
    assertEquals(4 << 20, sizes.bytes(Claims.UNBOUNDED));
    for (int writers = 1; writers <= 300; writers++) {
      sizes.enter();
      assertTrue(2L * writers * sizes.bytes(Claims.UNBOUNDED) <= 64 << 20,
          writers + " writers of " + sizes.bytes(Claims.UNBOUNDED) + " bytes");
    }
    for (int writers = 300; writers > 0; writers--) {
      sizes.leave();
    }
    assertEquals(4 << 20, sizes.bytes(Claims.UNBOUNDED));
  }

  @Test
  void chunksOfOneWhoHasMostOfWhatSheMayHaveAreSmall() {
    var sizes = new ChunkSizes(4 << 20, 64 << 20, BufferMemory.AMPLE);
    assertEquals(ChunkSizes.SMALLEST_BYTES, sizes.bytes(new Claims() {
      @Override
      public void take(Kind kind, long bytes) {}

      @Override
      public void giveBack(Kind kind, long bytes) {}

      @Override
      public boolean isScarce() {
        return true;
      }
    }));
  }

  @Test
  void manyBodiesStillGetChunksOfAUsefulSize() throws Exception {
    var sizes = new ChunkSizes(4 << 20, 1 << 20, BufferMemory.AMPLE);
    for (int writers = 0; writers < 100; writers++) {
      sizes.enter();
    }
    assertEquals(ChunkSizes.SMALLEST_BYTES, sizes.bytes(Claims.UNBOUNDED));
  }

  @Test
  void shortMemoryMakesChunksSmallAndLetsNoFurtherBodyGrow() throws Exception {
    Level[] level = {Level.AMPLE};
    var sizes = new ChunkSizes(4 << 20, 64 << 20, () -> level[0]);
    sizes.enter();
    assertEquals(4 << 20, sizes.bytes(Claims.UNBOUNDED));
    level[0] = Level.SCARCE;
    assertEquals(ChunkSizes.SMALLEST_BYTES, sizes.bytes(Claims.UNBOUNDED));
    sizes.enter();
    level[0] = Level.SHORT;
    assertThrows(StoreBusyException.class, sizes::enter);
    level[0] = Level.AMPLE;
    assertEquals(4 << 20, sizes.bytes(Claims.UNBOUNDED));
  }
}
