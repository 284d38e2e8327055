package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A second process stays out, whatever somebody has removed under the first one, and leaves everything as it was.
final class DirectoryFenceTest {

  @TempDir
  private Path root = Path.of("");

  private Path store(String name) {
    return root.resolve(name);
  }

  /// Every file below the directory with its bytes, in hex.
  private static Map<String, String> content(Path directory) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.toList()) {
        found.put(directory.relativize(file).toString(),
            Files.isDirectory(file) ? "directory" : HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return found;
  }

  private static void refusedAndLeftAlone(Path directory) throws IOException {
    Map<String, String> before = content(directory);
    var refusal = assertThrows(WrongDirectoryException.class,
        () -> StoreDirectories.open(List.of(directory), WhenEmpty.CREATE).close());
    assertTrue(refusal.toString().contains(directory + " is in use by another process. Stop it first"),
        refusal.toString());
    assertEquals(before, content(directory), directory.toString());
  }

  /// As a program does that writes beside and renames.
  private static void replaceByACopy(Path file) throws IOException {
    Path copy = file.resolveSibling("copy");
    Files.copy(file, copy);
    Files.move(copy, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void removeLocks(Path directory) throws IOException {
    // or a volume: whoever wrote to a store left something
    Files.createFile(directory.resolve("volumes").resolve("fence"));
    Files.delete(directory.resolve("LOCK"));
    Files.delete(directory.resolve("volumes").resolve("LOCK"));
  }

  @Test
  void aSecondProcessStaysOutWhateverWasRemovedOrReplacedUnderTheFirst() throws IOException, InterruptedException {
    Path untouched = store("untouched");
    Path withoutLock = store("withoutLock");
    Path withoutLocks = store("withoutLocks");
    Path otherMarker = store("otherMarker");
    Path otherMarkerAndNoLock = store("otherMarkerAndNoLock");
    Path moved = store("moved");
    try (var _ = ForeignProcess.holding(untouched, withoutLock, withoutLocks, otherMarker, otherMarkerAndNoLock,
        store("movedFrom"))) {
      refusedAndLeftAlone(untouched);

      Files.delete(withoutLock.resolve("LOCK"));
      refusedAndLeftAlone(withoutLock);

      removeLocks(withoutLocks);
      refusedAndLeftAlone(withoutLocks);

      replaceByACopy(otherMarker.resolve("hayloft.json"));
      refusedAndLeftAlone(otherMarker);

      replaceByACopy(otherMarkerAndNoLock.resolve("hayloft.json"));
      Files.delete(otherMarkerAndNoLock.resolve("LOCK"));
      refusedAndLeftAlone(otherMarkerAndNoLock);

      Files.move(store("movedFrom"), moved);
      refusedAndLeftAlone(moved);
    }
    for (Path directory : List.of(untouched, withoutLock, withoutLocks, otherMarker, otherMarkerAndNoLock, moved)) {
      StoreDirectories.open(List.of(directory), WhenEmpty.REFUSE).close();
    }
  }

  @Test
  void theMastersLogKeepsASecondProcessOutWhenEveryOtherLockIsGone() throws IOException, InterruptedException {
    Path directory = store("master");
    StoreDirectories.open(List.of(directory), WhenEmpty.CREATE).close();
    Path log = Files.createDirectories(directory.resolve("master")).resolve("log");
    Files.createFile(log);
    removeLocks(directory);
    try (var _ = ForeignProcess.holding(log)) {
      refusedAndLeftAlone(directory);
    }
    StoreDirectories.open(List.of(directory), WhenEmpty.REFUSE).close();
  }

  @Test
  void theMarkerStaysLockedWhenItIsReplaced() throws IOException, InterruptedException {
    Path directory = store("one");
    StoreDirectories.open(List.of(directory), WhenEmpty.CREATE).close();
    Path moved = store("two");
    Files.move(directory, moved);
    try (var _ = ForeignProcess.holding(moved)) { // writes where it is now into its marker
      removeLocks(moved);
      refusedAndLeftAlone(moved);
      assertEquals(DirectoryReport.Use.IN_USE, DirectoryReport.of(moved).use());
    }
    assertEquals(DirectoryReport.Use.FREE, DirectoryReport.of(moved).use());
  }
}
