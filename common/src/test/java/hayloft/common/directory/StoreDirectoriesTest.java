package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StoreDirectoriesTest {

  @TempDir
  private Path root = Path.of("");
  private Path one = root;
  private Path two = root;

  @BeforeEach
  void nameDirectories() {
    one = root.resolve("one");
    two = root.resolve("two");
  }

  private static StoreDirectories open(Path... paths) throws IOException {
    return StoreDirectories.open(List.of(paths), WhenEmpty.CREATE);
  }

  private static void refused(String expected, Path... paths) {
    var refusal = assertThrows(WrongDirectoryException.class, () -> open(paths).close());
    assertTrue(refusal.toString().contains(expected), refusal.toString());
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.toList()) {
        Files.delete(entry);
      }
    }
    Files.delete(directory);
  }

  private static void copyMarker(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    Files.copy(from.resolve(Marker.FILE), to.resolve(Marker.FILE));
  }

  @Test
  void aNewStoreIsMadeAndFoundAgain() throws IOException {
    StoreDirectories made = open(one, two);
    made.close();
    assertTrue(made.isNew());
    try (StoreDirectories found = open(one, two)) {
      assertFalse(found.isNew());
      assertEquals(made.storeId(), found.storeId());
      assertEquals(made.all(), found.all());
    }
  }

  @Test
  void theFirstDirectoryStaysFirstInWhateverOrderTheyAreNamed() throws IOException {
    open(one, two).close();
    try (StoreDirectories found = open(two, one)) {
      assertEquals(one, found.first().path());
      assertEquals(Set.of(one, two), found.all().stream().map(DataDirectory::path).collect(Collectors.toSet()));
    }
  }

  @Test
  void aNewEmptyDirectoryJoins() throws IOException {
    open(one).close();
    open(one, two).close();
    refused("the store also has data directory", one);
    open(one, two).close();
  }

  @Test
  void aDirectoryThatWasMovedIsFoundByItsId() throws IOException {
    open(one, two).close();
    Path moved = root.resolve("moved");
    Files.move(two, moved);
    open(one, moved).close();
    refused("last seen at " + moved, one);
  }

  @Test
  void aDirectoryOfAnotherStoreIsRefused() throws IOException {
    open(one).close();
    open(two).close();
    refused("belong to different stores", one, two);
  }

  @Test
  void anUnmountedDiskIsRefusedAndItsMountPointLeftAlone() throws IOException {
    open(one, two).close();
    delete(two);
    refused("two is missing", one, two);
    assertFalse(Files.exists(two));
    Files.createDirectory(two);
    refused("two is empty, but the store had directory", one, two);
    try (Stream<Path> entries = Files.list(two)) {
      assertEquals(0, entries.count());
    }
  }

  @Test
  void anUnmountedFirstDiskIsRefused() throws IOException {
    open(one, two).close();
    delete(one);
    refused("one is missing", one, two);
  }

  @Test
  void remainsWithoutAMarkerAreRefused() throws IOException {
    Files.createDirectories(one.resolve("volumes"));
    refused("has volumes of a store but no hayloft.json", one);
  }

  @Test
  void aDirectoryOfSomethingElseIsRefused() throws IOException {
    Files.createDirectories(one);
    Files.writeString(one.resolve("letter.txt"), "dear");
    refused("is not empty (it has letter.txt)", one);
  }

  @Test
  void aHeldDirectoryIsRefusedAndFreeAfterwards() throws IOException {
    StoreDirectories holder = open(one);
    refused("in use by this process", one);
    holder.close();
    open(one).close();
  }

  @Test
  void aRefusedStartGivesItsLocksBack() throws IOException {
    StoreDirectories holder = open(two);
    refused("belong to different stores", one(), two);
    holder.close();
    open(one).close();
  }

  private Path one() throws IOException {
    open(one).close();
    return one;
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    open(one).close();
    Path marker = one.resolve(Marker.FILE);
    Files.writeString(marker, Files.readString(marker).replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"));
    refused("used by a newer Hayloft", one);
  }

  @Test
  void anUnreadableMarkerIsRefused() throws IOException {
    open(one).close();
    Files.writeString(one.resolve(Marker.FILE), "{\"formatVers");
    refused("is not JSON", one);
  }

  @Test
  void aDirectoryNamedTwiceAndACopyAreRefused() throws IOException {
    open(one).close();
    refused("named twice", two, two);
    copyMarker(one, two);
    refused("copies of one directory", one, two);
  }

  @Test
  void requireStoreRefusesToMakeOne() throws IOException {
    var refusal = assertThrows(WrongDirectoryException.class,
        () -> StoreDirectories.open(List.of(one), WhenEmpty.REFUSE).close());
    assertTrue(refusal.toString().contains("--require-store forbids"), refusal.toString());
    assertFalse(Files.exists(one));
    open(one).close();
    StoreDirectories.open(List.of(one), WhenEmpty.REFUSE).close();
  }

  @Test
  void aCrashBetweenTheMarkersOfANewStoreIsMended() throws IOException {
    open(one).close(); // all that a crash after the first marker leaves
    Files.createDirectories(two);
    Files.writeString(two.resolve(Marker.FILE + ".tmp"), "{");
    open(one, two).close();
    open(two, one).close();
  }

  @Test
  void secretsAreTheOwnersOnly() throws IOException {
    Path secret = root.resolve("store.key");
    DurableFile.replaceOwnerOnly(secret, new byte[32]);
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(secret));
  }
}
