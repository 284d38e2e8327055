package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
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
    try (Stream<Path> entries = Files.walk(directory)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }

  private static Marker markerOf(Path directory) throws IOException {
    return Marker.read(directory, KnownLevels.PRESENT.newest()).orElseThrow();
  }

  private static UUID idOf(Path directory) throws IOException {
    return markerOf(directory).directoryId();
  }

  private static StoreDirectories openWithout(UUID lost, Path... paths) throws IOException {
    return StoreDirectories.open(List.of(paths), WhenEmpty.CREATE, Set.of(lost));
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
    ObjectNode json = SummedJson.read(Files.readAllBytes(marker), "");
    Files.write(marker, SummedJson.write(json.put("formatVersion", KnownLevels.PRESENT.newest() + 1)));
    refused("used by a newer Hayloft", one);
  }

  @Test
  void aMarkerOfLevelOneIsReadAndRaisedInEveryDirectory() throws IOException {
    open(one, two).close();
    for (Path directory : List.of(one, two)) {
      Path marker = directory.resolve(Marker.FILE);
      ObjectNode json = SummedJson.read(Files.readAllBytes(marker), "");
      Files.writeString(marker, json.put("formatVersion", 1).toPrettyString());
    }
    UUID id = idOf(two);
    open(one, two).close();
    for (Path directory : List.of(one, two)) {
      assertEquals(2,
          SummedJson.read(Files.readAllBytes(directory.resolve(Marker.FILE)), "").path("formatVersion").asInt());
    }
    assertEquals(id, idOf(two));
  }

  private static final KnownLevels OF_A_NEWER_PROGRAM = new KnownLevels(2, 3);

  private StoreDirectories openWithNewerProgram() throws IOException {
    return StoreDirectories.open(List.of(one, two), WhenEmpty.REFUSE, Set.of(), OF_A_NEWER_PROGRAM);
  }

  @Test
  void aNewLevelWaitsForTheCommand() throws IOException {
    open(one, two).close();
    try (StoreDirectories store = openWithNewerProgram()) {
      assertEquals(2, store.level());
      assertEquals(3, store.newestLevel());
      assertEquals(Map.of(one, 2, two, 2), store.levels());
    }
    open(one, two).close(); // so the older program may have it again
    try (StoreDirectories store = openWithNewerProgram()) {
      store.raise();
      assertEquals(3, store.level());
      assertEquals(Map.of(one, 3, two, 3), store.levels());
    }
    refused("used by a newer Hayloft", one, two);
    refused("used by a newer Hayloft", two, one);
    try (StoreDirectories store = openWithNewerProgram()) {
      assertEquals(3, store.level());
      store.raise(); // nothing to raise
      assertEquals(Map.of(one, 3, two, 3), store.levels());
    }
  }

  @Test
  void nothingOfANewLevelMayBeWrittenBeforeAllDirectoriesSayIt() throws IOException {
    open(one, two).close();
    Path inTheWay = Files.createDirectories(two.resolve(Marker.FILE + ".tmp").resolve("x"));
    try (StoreDirectories store = openWithNewerProgram()) {
      assertThrows(IOException.class, store::raise);
      assertEquals(Map.of(one, 3, two, 2), store.levels());
      assertEquals(2, store.level());
    }
    refused("used by a newer Hayloft", one, two);
    Files.delete(inTheWay);
    try (StoreDirectories store = openWithNewerProgram()) {
      assertEquals(3, store.level(), "somebody has asked for it");
      assertEquals(Map.of(one, 3, two, 3), store.levels());
    }
  }

  @Test
  void thisProgramHasNothingToRaise() throws IOException {
    try (StoreDirectories store = open(one, two)) {
      assertEquals(store.newestLevel(), store.level());
      store.raise();
      assertEquals(Map.of(one, 2, two, 2), store.levels());
    }
  }

  @Test
  void aFlippedBitInTheMarkerIsToldWithTheFileAndWhatToDo() throws IOException {
    open(one).close();
    Path marker = one.resolve(Marker.FILE);
    Files.writeString(marker, Files.readString(marker).replace("/one", "/oned"));
    refused("one/hayloft.json is damaged: its checksum says ", one);
    refused("set its directoryId and leave crc32c out", one);
  }

  @Test
  void aMarkerThatWasMendedByHandNeedsNoSumAndGetsOne() throws IOException {
    open(one, two).close();
    UUID id = idOf(two);
    Path marker = two.resolve(Marker.FILE);
    ObjectNode json = SummedJson.read(Files.readAllBytes(one.resolve(Marker.FILE)), "");
    Files.writeString(marker, json.put("directoryId", id.toString()).toPrettyString());
    open(one, two).close();
    assertEquals(id.toString(), SummedJson.read(Files.readAllBytes(marker), "").path("directoryId").asText());
  }

  @Test
  void aDirectoryInsideAnotherIsRefusedByWhateverNameAndNothingIsMade() throws IOException {
    refused("lies inside data directory " + one, one, one.resolve("disks").resolve("two"));
    refused("lies inside data directory " + one, one.resolve("inner"), one);
    assertFalse(Files.exists(one));
    Files.createDirectories(one);
    Path link = Files.createSymbolicLink(root.resolve("link"), one);
    refused("lies inside data directory", one, link.resolve("inner"));
    refused("named twice", one, link);
    open(one).close();
    refused("inner lies inside data directory " + one, one.resolve("inner"));
    refused("lies inside data directory " + one, link.resolve("volumes").resolve("inner"));
    assertFalse(Files.exists(one.resolve("inner")));
  }

  @Test
  void namesThatOnlyBeginAlikeAreNotNested() throws IOException {
    open(one, root.resolve("one-more")).close();
  }

  @Test
  void aStoreOpensWithoutADirectoryThatIsGivenUpAndGoesOnWithoutIt() throws IOException {
    Path three = root.resolve("three");
    open(one, two, three).close();
    UUID lost = idOf(two);
    refused("the store also has data directory " + lost, one, three);
    try (StoreDirectories left = openWithout(lost, one, three)) {
      assertEquals(List.of(one, three), left.all().stream().map(DataDirectory::path).toList());
      assertEquals(Map.of(lost, two.toString()), left.givenUp());
    }
    openWithout(lost, one, three).close();
    open(three, one).close();
    for (Path directory : List.of(one, three)) {
      assertEquals(Map.of(lost, two.toString()), markerOf(directory).givenUp());
      assertFalse(markerOf(directory).directories().containsKey(lost));
    }
  }

  @Test
  void aDirectoryThatWasGivenUpAndComesBackIsRefusedByName() throws IOException {
    open(one, two).close();
    openWithout(idOf(two), one).close();
    refused("data directory " + two + " (" + idOf(two) + ") was given up", one, two);
    refused("the store also has data directory " + idOf(one), two); // it does not know yet
    delete(two);
    open(one, two).close(); // an empty disk in its place joins as a new one
  }

  @Test
  void aCrashBetweenTheMarkersOfGivingUpIsMended() throws IOException {
    Path three = root.resolve("three");
    open(one, two, three).close();
    UUID lost = idOf(two);
    byte[] before = Files.readAllBytes(three.resolve(Marker.FILE));
    openWithout(lost, one, three).close();
    Files.write(three.resolve(Marker.FILE), before); // what a crash after the first marker leaves
    refused("was given up", one, two, three);
    open(one, three).close();
    assertEquals(Set.of(lost), markerOf(three).givenUp().keySet());
  }

  @Test
  void whatCannotBeGivenUpIsRefused() throws IOException {
    open(one, two).close();
    UUID first = idOf(one);
    UUID second = idOf(two);
    refusedWithout(first, "has the store's catalog and keys and cannot be given up", two);
    refusedWithout(second, "was given up", one, two); // named
    refusedWithout(UUID.randomUUID(), "that could be given up. It has " + first, one, two);
    open(one, two).close();
  }

  private static void refusedWithout(UUID lost, String expected, Path... paths) {
    var refusal = assertThrows(WrongDirectoryException.class, () -> openWithout(lost, paths).close());
    assertTrue(refusal.toString().contains(expected), refusal.toString());
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
  void aDirectoryWhoseVolumesAreGoneIsRefusedByName() throws IOException {
    open(one, two).close();
    Path volumes = two.resolve("volumes");
    delete(volumes);
    refused("its folder " + volumes.toAbsolutePath() + " is missing", one, two);
    Files.createDirectories(volumes.resolve("lost+found"));
    refused("its folder " + volumes.toAbsolutePath() + " is empty", one, two);
    Files.createFile(volumes.resolve("LOCK")); // as the message says
    open(one, two).close();
  }

  @Test
  void aCrashBeforeTheFirstMarkerIsMended() throws IOException {
    Files.createDirectories(one.resolve("volumes"));
    Files.createFile(one.resolve("volumes/LOCK"));
    Files.createFile(one.resolve("LOCK"));
    open(one).close();
  }

  @Test
  void secretsAreTheOwnersOnly() throws IOException {
    Path secret = root.resolve("store.key");
    DurableFile.replace(secret, new byte[32]);
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(secret));
  }
}
