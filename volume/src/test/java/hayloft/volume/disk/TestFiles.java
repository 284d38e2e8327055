package hayloft.volume.disk;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Whole files of a disk, for tests that damage them. Stateless.
public final class TestFiles {
  private TestFiles() {}

  public static byte[] bytesOf(Disk disk, String name) throws IOException {
    try (DiskFile file = disk.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(bytes, 0);
      return bytes.array();
    }
  }

  /// In place of what the file had; durable on return.
  public static void put(Disk disk, String name, byte[] bytes) throws IOException {
    try (DiskFile file = disk.open(name)) {
      file.truncate(0);
      file.write(new ByteBuffer[]{ByteBuffer.wrap(bytes)}, 0);
      file.force();
    }
    disk.sync();
  }
}
