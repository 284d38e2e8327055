package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

final class FileDescriptorsTest {

  private final IOException failure = new IOException("7.dat: Too many open files");

  @Test
  void aFailureWhileMostDescriptorsAreFreeIsLeftAsItIs() {
    assertSame(failure, FileDescriptors.explained(failure, OptionalLong.of(300), 700));
    assertSame(failure, FileDescriptors.explained(failure)); // of this very process
  }

  @Test
  void aFailureWhileTheyAreUsedUpSaysSoAndWhatToDo() {
    IOException told = FileDescriptors.explained(failure, OptionalLong.of(690), 700);
    assertInstanceOf(TooFewDescriptorsException.class, told);
    assertEquals("7.dat: Too many open files: too few file descriptors (690 are open, the limit is 700). Raise"
        + " LimitNOFILE= of the unit, ulimits of the compose file, or ulimit -n", told.getMessage());
    assertSame(told, FileDescriptors.explained(told));
  }

  /// What the key store may have open, and what it opens besides, is kept back whatever the limit is.
  @Test
  void theLastAreKeptForTheKeyStore() {
    for (long limit : new long[]{256, 400, 1024, 65_536, 1 << 20}) {
      assertTrue(FileDescriptors.keyStoreFiles(limit) + 32 <= FileDescriptors.kept(limit), "of " + limit);
      assertTrue(FileDescriptors.kept(limit) <= limit / 4, "of " + limit);
    }
    assertFalse(FileDescriptors.isKept(3));
    assertTrue(FileDescriptors.isKept((int) FileDescriptors.limit().orElseThrow() - 1));
  }

  @Test
  void whereTheyCannotEvenBeCountedNoneIsLeft() {
    assertInstanceOf(TooFewDescriptorsException.class,
        FileDescriptors.explained(failure, OptionalLong.empty(), 700));
  }
}
