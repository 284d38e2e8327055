package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What other users of the machine can get at.
final class PermissionsIT {

  private static final List<String> NO_UMASK = List.of("sh", "-c", "umask 0; exec \"$@\"", "sh");

  @TempDir
  private Path temp = Path.of("");

  private static void permit(Path path, String permissions) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  /// Whose permissions go beyond their owner's.
  private static Set<String> open(Path top) throws IOException {
    var open = new TreeSet<String>();
    try (Stream<Path> all = Files.walk(top)) {
      for (Path path : all.toList()) {
        if (Files.getPosixFilePermissions(path).stream().anyMatch(one -> !one.name().startsWith("OWNER"))) {
          open.add(top.relativize(path).toString());
        }
      }
    }
    return open;
  }

  @Test
  void aStoreIsItsUsersAloneWhateverTheUmask() throws Exception {
    permit(temp, "rwxr-xr-x");
    Path data = temp.resolve("data");
    Path accessLog = temp.resolve("access.log");
    try (ServerProcess server = ServerProcess.startWithin(NO_UMASK, data, "", "--access-log", accessLog.toString())) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      assertEquals(200, server.client().put("/barn/k", new byte[2_000_000]).statusCode());
      assertFalse(server.log().contains("openToOthers"), server.log());
      assertEquals(0, server.stop());
    }
    Set<String> open = open(data);
    open.removeIf(path -> path.startsWith("catalog/")); // its library makes those, below a closed directory
    assertEquals(Set.of(), open);
    assertEquals(Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE),
        Files.getPosixFilePermissions(accessLog));
  }

  @Test
  void aStoreOfOldIsToldAndKeepsItsPermissions() throws Exception {
    permit(temp, "rwxr-xr-x");
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(data)) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      assertEquals(0, server.stop());
    }
    permit(data, "rwxr-xr-x");
    permit(data.resolve("volumes"), "rwxr-xr-x");
    try (ServerProcess server = ServerProcess.start(data)) {
      assertTrue(server.log().contains("store.openToOthers path=" + data + " advice=\"chmod 700 " + data + "\""),
          server.log());
      assertEquals(200, server.client().get("/barn").statusCode());
      assertEquals(0, server.stop());
    }
    assertEquals("rwxr-xr-x", PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve("volumes"))));
  }
}
