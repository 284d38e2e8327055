package hayloft.volume.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /// `/dev/full` refuses every write as a full file system does, whatever statvfs(3) says of the folder.
  @Test
  void lackOfSpaceIsToldAsSuch(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/dev/full")));
    Files.createSymbolicLink(folder.resolve("a"), Path.of("/dev/full"));
    FileDisk disk = new FileDisk(folder);
    for (int bytes : new int[]{10, 1_000_000}) {
      try (DiskFile file = disk.open("a")) {
        ByteBuffer[] buffers = {ByteBuffer.allocate(bytes), ByteBuffer.allocateDirect(8)};
        IOException fault = assertThrows(NoSpaceException.class, () -> file.write(buffers, 64));
        assertTrue(fault.toString().contains("full"), fault.toString());
        assertThrows(NoSpaceException.class, () -> file.writeToBeSynced(buffers, 64));
      }
    }
  }

  @Test
  void aWriteThatIsRefusedInPassingGoesOnWhereItStood(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")));
    byte[] bytes = new byte[300_000];
    new Random(3).nextBytes(bytes);
    Path path = Files.createFile(folder.resolve("a"));
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(path))) {
      ByteBuffer from = ByteBuffer.wrap(bytes);
      while (from.hasRemaining()) {
        assertTrue(again.write(from, from.position(), new IOException("in passing")) > 0);
      }
    }
    assertArrayEquals(bytes, Files.readAllBytes(path));
  }

  @Test
  void aFaultThatIsNoLackOfSpaceStaysWhatItWas(@TempDir Path folder) {
    IOException first = new IOException("Input/output error");
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(folder.resolve("gone")))) {
      assertSame(first, assertThrows(IOException.class, () -> again.write(ByteBuffer.allocate(8), 0, first)));
    }
    var closed = new ClosedChannelException();
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(folder))) {
      assertSame(closed, assertThrows(IOException.class, () -> again.write(ByteBuffer.allocate(8), 0, closed)));
    }
  }

  @ParameterizedTest
  @CsvSource({"28, true", "122, true", "5, false", "24, false", "23, false", "30, false"})
  void onlyLackOfSpaceAndQuotaAreLackOfSpace(int error, boolean isLackOfSpace) {
    assertEquals(isLackOfSpace, SystemCalls.fault("x", error) instanceof NoSpaceException);
  }

  @Test
  void spaceThatWasNotTakenIsNoSuccess(@TempDir Path folder) throws IOException {
    assumeTrue(SystemCalls.areKnown());
    assertThrows(IOException.class, () -> FileSpace.take(folder.resolve("absent"), 4096));
    Path path = Files.createFile(folder.resolve("a"));
    FileSpace.take(path, 100_000);
    assertEquals(100_000, Files.size(path));
  }

  @Test
  void aNameThatCannotBeLookedAtIsNotAbsent(@TempDir Path folder) throws IOException {
    FileDisk disk = new FileDisk(folder);
    assertFalse(disk.exists("a"));
    Files.createFile(folder.resolve("a"));
    assertTrue(disk.exists("a"));
    Files.createSymbolicLink(folder.resolve("loop"), folder.resolve("loop"));
    assertThrows(IOException.class, () -> disk.exists("loop"), "ELOOP");
    assertThrows(IOException.class, () -> new ReadOnlyDisk(folder).exists("loop"));
  }

  @Test
  void foldersOfOneFileSystemSayThatTheyShareIt(@TempDir Path folder) throws IOException {
    assertEquals(new FileDisk(folder.resolve("a")).fileSystem(), new FileDisk(folder.resolve("b")).fileSystem());
  }
}
