package hayloft.common.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Does it give back what it was given, in few buffers, and none too many references?
final class GatheredBytesTest {

  @Test
  void bytesThatComeOneByOneAreInFewBuffers() throws StoreBusyException {
    var gathered = new GatheredBytes(new Claim(Claims.UNBOUNDED, Claims.Kind.BUFFERS));
    for (int i = 0; i < 1 << 20; i++) {
      gathered.add(Unpooled.wrappedBuffer(new byte[]{(byte) i}));
    }
    assertEquals(1 << 20, gathered.sizeBytes());
    ByteBuf all = gathered.take();
    assertTrue(all.nioBufferCount() <= 20, () -> all.nioBufferCount() + " buffers");
    for (int i = 0; i < 1 << 20; i++) {
      assertEquals((byte) i, all.getByte(i));
    }
    all.release();
  }

  @Test
  void aSinglePieceIsNotCopied() throws StoreBusyException {
    var gathered = new GatheredBytes(new Claim(Claims.UNBOUNDED, Claims.Kind.BUFFERS));
    ByteBuf piece = Unpooled.wrappedBuffer(new byte[10]);
    gathered.add(piece);
    ByteBuf taken = gathered.take();
    assertSame(piece, taken.unwrap());
    taken.release();
    assertEquals(0, piece.refCnt());
    assertFalse(gathered.take().isReadable(), "nothing is left");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void piecesOfAnySizeComeBackInTheirOrder(long seed) throws StoreBusyException {
    var random = new Random(seed);
    var gathered = new GatheredBytes(new Claim(Claims.UNBOUNDED, Claims.Kind.BUFFERS));
    for (int round = 0; round < 3; round++) {
      var expected = new ByteArrayOutputStream();
      List<ByteBuf> given = new ArrayList<>();
      for (int i = random.nextInt(200); i > 0; i--) {
        byte[] bytes = new byte[random.nextInt(4) == 0 ? random.nextInt(70_000) : random.nextInt(300)];
        random.nextBytes(bytes);
        expected.writeBytes(bytes);
        ByteBuf piece = Unpooled.buffer().writeBytes(bytes); // not the shared empty one, if there are none
        given.add(piece);
        gathered.add(piece);
      }
      ByteBuf all = gathered.take();
      assertArrayEquals(expected.toByteArray(), ByteBufUtil.getBytes(all), "seed " + seed);
      all.release();
      given.forEach(piece -> assertEquals(0, piece.refCnt(), "seed " + seed));
    }
  }

  @Test
  void whatIsReleasedIsGivenBack() throws StoreBusyException {
    var gathered = new GatheredBytes(new Claim(Claims.UNBOUNDED, Claims.Kind.BUFFERS));
    ByteBuf large = Unpooled.wrappedBuffer(new byte[10_000]);
    ByteBuf borrowed = Unpooled.wrappedBuffer(new byte[10]);
    gathered.add(large);
    gathered.add(borrowed, 3);
    assertEquals(7, borrowed.readableBytes());
    gathered.release();
    assertEquals(0, large.refCnt());
    assertEquals(1, borrowed.refCnt());
    assertEquals(0, gathered.sizeBytes());
    borrowed.release();
  }
}
