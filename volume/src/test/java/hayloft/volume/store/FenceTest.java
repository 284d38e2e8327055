package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.common.directory.SummedJson;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NewerFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FenceTest {

  private static Fence.Found read(byte[] content) throws IOException {
    Disk disk = new SimulatedDisk(new Random(1));
    try (DiskFile file = disk.open(Fence.NAME)) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(content)}, 0);
    }
    return Fence.read(disk);
  }

  private static Fence.Found read(String content) throws IOException {
    return read(content.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] written(long epoch) throws IOException {
    Disk disk = new SimulatedDisk(new Random(1));
    Fence.write(disk, epoch);
    try (DiskFile file = disk.open(Fence.NAME)) {
      ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(content, 0);
      return content.array();
    }
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    assertEquals(new Fence.Found.Epoch(37), read(written(37)));
    assertEquals(new Fence.Found.Epoch((1 << 23) - 1), read(written((1 << 23) - 1)));
    assertEquals(new Fence.Found.Absent(), Fence.read(new SimulatedDisk(new Random(1))));
  }

  @Test
  void epochsOfLevelOneCountSixteenTimes() throws IOException {
    assertEquals(new Fence.Found.Epoch(80), read("{\"epoch\":5}"));
    assertEquals(new Fence.Found.Epoch(524_287L * 16), read("{\"epoch\":524287}"));
  }

  @Test
  void damageIsAnAnswerThatNamesTheFile() throws IOException {
    byte[] content = written(37);
    for (int bit = 0; bit < content.length * Byte.SIZE; bit++) {
      byte[] damaged = content.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      switch (read(damaged)) {
        case Fence.Found.Epoch(long epoch) -> assertEquals(37, epoch, "white space, bit " + bit);
        case Fence.Found.Damaged(String what) -> assertTrue(what.contains("simulated/fence"), what);
        case Fence.Found.Absent() -> throw new AssertionError("bit " + bit);
      }
    }
    for (int length = 0; length < content.length; length++) {
      assertInstanceOf(Fence.Found.Damaged.class, read(Arrays.copyOf(content, length)), "length " + length);
    }
    for (String text : new String[]{"", "garbage", "{}", "[]", "{\"epoch\":-1}", "{\"epoch\":\"5\"}",
        "{\"epoch\":524288}",
        "{\"epoch\":5.5}", "{\"epoch\":null}", "\0\0\0\0\0\0\0\0\0\0\0", "{\"formatVersion\":2,\"epoch\":5}"}) {
      assertInstanceOf(Fence.Found.Damaged.class, read(text), text);
    }
  }

  @Test
  void aNewerOneIsRefused() {
    byte[] newer = SummedJson.write(JsonNodeFactory.instance.objectNode().put("formatVersion", 3).put("epoch", 5));
    assertThrows(NewerFormatException.class, () -> read(newer));
  }
}
