package hayloft.volume.store;

import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// Small files that are replaced whole.
final class SmallFile {
  /// What the name of a file ends with that is to replace another.
  static final String TEMPORARY = ".new";

  private SmallFile() {}

  /// The disk does not give a file's bytes.
  static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  /// Durable on return; after a crash the file holds the old text or the new.
  static void replace(Disk disk, String fileName, String text) throws IOException {
    String temporary = fileName + TEMPORARY;
    disk.delete(temporary);
    try (DiskFile file = disk.open(temporary)) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))}, 0);
      file.force();
    } catch (IOException e) {
      try {
        disk.delete(temporary); // on a full disk it would take what little there is
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
    disk.rename(temporary, fileName);
    disk.sync();
  }

  static String read(Disk disk, String fileName) throws IOException {
    try (DiskFile file = disk.open(fileName)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), 1 << 20));
      try {
        file.read(bytes, 0);
      } catch (IOException e) {
        throw new UnreadableException(e);
      }
      return new String(bytes.array(), StandardCharsets.UTF_8);
    }
  }
}
