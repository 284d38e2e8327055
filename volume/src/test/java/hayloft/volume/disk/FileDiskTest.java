package hayloft.volume.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FileDiskTest {

  static long[] seeds() {
    return new Random().longs(5).toArray();
  }

  /// Small and large writes one behind the other, synced or not, with readers and a new name in between.
  @ParameterizedTest
  @MethodSource("seeds")
  void whatIsAppendedIsThereWhicheverWayItWent(long seed, @TempDir Path folder) throws IOException {
    Random random = new Random(seed);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    FileDisk disk = new FileDisk(folder);
    try (DiskFile file = disk.open("a")) {
      for (int i = 0; i < 40; i++) {
        if (i == 10) {
          disk.rename("a", "b");
        }
        ByteBuffer[] buffers = new ByteBuffer[1 + random.nextInt(5)];
        long at = expected.size();
        for (int j = 0; j < buffers.length; j++) {
          byte[] bytes = new byte[random.nextInt(random.nextInt(4) == 0 ? 1_500_000 : 5000) & -8];
          random.nextBytes(bytes);
          expected.writeBytes(bytes);
          buffers[j] = random.nextBoolean()
              ? ByteBuffer.wrap(bytes)
              : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        }
        if (random.nextInt(4) == 0) {
          file.write(buffers, at);
        } else {
          file.writeToBeSynced(buffers, at);
          file.force();
        }
        assertEquals(expected.size(), file.sizeBytes());
        ByteBuffer read = ByteBuffer.allocate((int) (expected.size() - at));
        file.read(read, at);
        assertArrayEquals(java.util.Arrays.copyOfRange(expected.toByteArray(), (int) at, expected.size()), read.array(),
            () -> "seed " + seed);
      }
    }
    assertArrayEquals(expected.toByteArray(), Files.readAllBytes(folder.resolve("b")), () -> "seed " + seed);
  }
}
