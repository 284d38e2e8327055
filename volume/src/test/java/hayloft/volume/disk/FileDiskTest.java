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
import java.util.List;
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
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(path), () -> path)) {
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
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(folder.resolve("gone")), () -> folder)) {
      assertSame(first, assertThrows(IOException.class, () -> again.write(ByteBuffer.allocate(8), 0, first)));
    }
    var closed = new ClosedChannelException();
    try (RepeatedWrites again = new RepeatedWrites(Optional.of(folder), () -> folder)) {
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
  void aParkedFileHasNoDescriptorAndIsOpenedAgainUnderTheNameItHasByThen(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")));
    FileDisk disk = new FileDisk(folder);
    try (DiskFile file = disk.open("a")) {
      assertTrue(file.isSynced(), "nothing was written");
      file.writeToBeSynced(new ByteBuffer[]{ByteBuffer.allocate(1 << 20)}, 0);
      file.write(new ByteBuffer[]{ByteBuffer.wrap(new byte[]{1, 2, 3})}, 5);
      assertFalse(file.isSynced());
      file.force();
      assertTrue(file.isSynced());
      disk.rename("a", "b");
      assertFalse(file.park("a"), "it has no such name");
      assertFalse(OpenDescriptors.of(folder).isEmpty());
      assertTrue(file.park("b"));
      assertEquals(List.of(), OpenDescriptors.of(folder));
      assertFalse(file.readCached(ByteBuffer.allocateDirect(3), 5), "whoever comes in spite of all is given nothing");
      file.unpark();
      ByteBuffer read = ByteBuffer.allocateDirect(3);
      assertEquals(3, file.read(read, 5));
      assertEquals(ByteBuffer.wrap(new byte[]{1, 2, 3}), read.flip());
      file.write(new ByteBuffer[]{ByteBuffer.wrap(new byte[]{4})}, 5);
      file.truncate(6);
      assertFalse(file.isSynced());
      assertEquals(6, file.sizeBytes());
      assertTrue(file.park("b"));
    }
    assertEquals(List.of(), OpenDescriptors.of(folder));
    assertEquals(4, Files.readAllBytes(folder.resolve("b"))[5]);
  }

  @Test
  void aParkedFileThatWasMovedOrReplacedIsRefusedByName(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")));
    try (DiskFile file = new FileDisk(folder).open("a")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(new byte[]{1})}, 0);
      file.force();
      waitForTheClock(folder);
      file.write(new ByteBuffer[]{ByteBuffer.wrap(new byte[]{1})}, 0); // later than it was born
      assertTrue(file.park("a"));
      Path path = folder.resolve("a");
      Files.move(path, folder.resolve("elsewhere"));
      assertRefused(file, path, "is gone");
      Files.copy(folder.resolve("elsewhere"), path);
      assertRefused(file, path, "another file");
      Files.delete(path);
      Files.createDirectory(path);
      assertRefused(file, path, "another file");
      Files.delete(path);
      Files.move(folder.resolve("elsewhere"), path);
      file.unpark();
      assertTrue(file.park("a"));
      byte[] bytes = Files.readAllBytes(path);
      Files.delete(path); // so that ext4 gives its inode's number away
      Files.write(path, bytes);
      assertRefused(file, path, "another file");
    }
    assertEquals(List.of(), OpenDescriptors.of(folder));
  }

  @Test
  void aFileThatWouldBeGoneForGoodIsNotParked(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")));
    try (DiskFile file = new FileDisk(folder).open("a")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(new byte[]{1})}, 0);
      file.force();
      Files.delete(folder.resolve("a"));
      assertFalse(file.park("a"));
      assertEquals(1, file.read(ByteBuffer.allocate(1), 0));
    }
  }

  private static void assertRefused(DiskFile parked, Path path, String how) {
    String told = assertThrows(IOException.class, parked::unpark).toString();
    assertTrue(told.contains(path + " ") && told.contains(how), told);
  }

  /// Until files that are written now are written later than those before: the kernel's clock of files ticks.
  private static void waitForTheClock(Path folder) throws IOException {
    Path probe = Files.createFile(folder.resolve("probe"));
    var first = Files.getLastModifiedTime(probe);
    while (Files.getLastModifiedTime(probe).equals(first)) {
      Files.write(probe, new byte[1]);
    }
    Files.delete(probe);
  }

  @Test
  void foldersOfOneFileSystemSayThatTheyShareIt(@TempDir Path folder) throws IOException {
    assertEquals(new FileDisk(folder.resolve("a")).fileSystem(), new FileDisk(folder.resolve("b")).fileSystem());
  }
}
