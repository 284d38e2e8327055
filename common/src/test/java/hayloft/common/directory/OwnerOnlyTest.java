package hayloft.common.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnerOnlyTest {

  @TempDir
  private Path directory = Path.of("");

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  @Test
  void whatIsMadeIsItsOwners() throws IOException {
    Path made = OwnerOnly.directories(directory.resolve("a/b"));
    OwnerOnly.open(made.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    OwnerOnly.stream(made.resolve("log"), StandardOpenOption.CREATE).close();
    DurableFile.replace(made.resolve("record"), new byte[1]);
    assertEquals("rwx------", permissions(directory.resolve("a")));
    assertEquals("rwx------", permissions(made));
    for (String name : new String[]{"file", "log", "record"}) {
      assertEquals("rw-------", permissions(made.resolve(name)), name);
    }
  }

  @Test
  void whatIsThereKeepsItsPermissions() throws IOException {
    Path file = Files.createFile(directory.resolve("access.log"));
    permit(directory, "rwxrwx---");
    permit(file, "rw-r-----");
    OwnerOnly.directories(directory);
    OwnerOnly.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
    assertEquals("rwxrwx---", permissions(directory));
    assertEquals("rw-r-----", permissions(file));
  }

  @Test
  void othersNeedTheDirectoriesAboveToo() throws IOException {
    Path store = Files.createDirectories(directory.resolve("mount/store"));
    Path volumes = Files.createDirectory(store.resolve("volumes"));
    for (Path open : new Path[]{directory, directory.resolve("mount"), store}) {
      permit(open, "rwxr-xr-x");
    }
    permit(volumes, "rwxrwx---");
    assertFalse(OwnerOnly.isAnyForOthers(Stream.of(volumes, store.resolve("absent"))), "a group may");
    permit(volumes, "rwxr-xr-x");
    assertTrue(OwnerOnly.isAnyForOthers(Stream.of(store.resolve("absent"), volumes)));
    Path link = Files.createSymbolicLink(directory.resolve("link"), volumes);
    assertTrue(OwnerOnly.isAnyForOthers(Stream.of(link)));
    permit(directory.resolve("mount"), "rwxr-x---");
    assertFalse(OwnerOnly.isAnyForOthers(Stream.of(volumes, link)));
  }
}
