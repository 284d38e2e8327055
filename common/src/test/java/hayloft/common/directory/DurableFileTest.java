package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DurableFileTest {
  @TempDir
  Path folder;

  @Test
  void whatWasReplacedIsReadWhole() throws IOException {
    DurableFile.replace(folder.resolve("file"), new byte[]{1, 2});
    DurableFile.replace(folder.resolve("file"), new byte[]{3});
    assertArrayEquals(new byte[]{3}, DurableFile.read(folder.resolve("file")));
  }

  /// The system's own message of a disk's error has no name in it, and neither has this one.
  @Test
  void whatCannotBeReadIsNamed() {
    IOException refused = assertThrows(IOException.class, () -> DurableFile.read(folder));
    assertEquals(folder + ": Is a directory", refused.getMessage());
  }
}
