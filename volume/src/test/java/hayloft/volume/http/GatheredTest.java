package hayloft.volume.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class GatheredTest {

  @Test
  void piecesOfAnySizeComeTogether() {
    for (long seed = 0; seed < 30; seed++) {
      var random = new Random(seed);
      var expected = new ByteArrayOutputStream();
      try (var gathered = new Gathered()) {
        for (int i = random.nextInt(200); i > 0; i--) {
          byte[] piece = new byte[random.nextInt(1 << random.nextInt(18))];
          random.nextBytes(piece);
          expected.writeBytes(piece);
          gathered.add(Unpooled.copiedBuffer(piece));
          assertEquals(expected.size(), gathered.lengthBytes());
        }
        ByteBuf all = gathered.take();
        assertArrayEquals(expected.toByteArray(), ByteBufUtil.getBytes(all), "seed " + seed);
        all.release();
      }
    }
  }

  @Test
  void manySmallPiecesAreFewBuffers() {
    try (var gathered = new Gathered()) {
      for (int i = 0; i < 1 << 20; i++) {
        gathered.add(Unpooled.buffer(1).writeByte(i));
      }
      ByteBuf all = gathered.take();
      assertTrue(((CompositeByteBuf) all).numComponents() <= 17);
      all.release();
    }
  }
}
