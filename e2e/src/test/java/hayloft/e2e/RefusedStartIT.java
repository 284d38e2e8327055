package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that answers EIO to a start: what the start cannot do without is named, with what to do. Skipped where there
/// is no C compiler.
class RefusedStartIT {

  /// What fails, of which files, and what is named (nothing: the start goes on without it).
  private static final String[][] FAULTS = {
      {"write", "*/volumes/*.idx", ".idx"},
      {"sync", "*/volumes/*.dat", ".dat"},
      {"read", "*/volumes/*.json", ".json"},
      {"read", "*/master/log", "master/log"},
      {"sync", "*/master/log", "master/log"},
      {"read", "*/hayloft.json", "hayloft.json"},
      {"read", "*/store.key", "store.key"},
      {"write", "*/catalog/MANIFEST*", "catalog"},
      {"read", "*/volumes/*.idx", ""},
      {"read", "*/catalog/CURRENT", ""},
  };

  @TempDir
  Path temp;

  @Test
  void namesTheFileAndSaysWhatToDo() throws Exception {
    Path data = temp.resolve("data");
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = ServerProcess.start(data)) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      server.kill(); // so that the next start has something to do
    }
    disk.fail();
    for (String[] fault : FAULTS) {
      String what = fault[0] + " " + fault[1];
      Path log = temp.resolve("log-" + what.replaceAll("[^a-z]", ""));
      if (fault[2].isEmpty()) {
        try (ServerProcess server = ServerProcess.start(data, log, disk.environment(fault[0], fault[1]))) {
          assertEquals(200, server.client().get("/barn").statusCode(), what);
          server.kill();
        }
      } else {
        IOException refused = assertThrows(IOException.class,
            () -> ServerProcess.start(data, log, disk.environment(fault[0], fault[1])).close(), what);
        String told = String.valueOf(refused.getMessage());
        String last = told.lines().filter(line -> line.startsWith("hayloft: ")).reduce((_, line) -> line).orElse("");
        assertTrue(last.contains(data.toString()) && last.contains(fault[2]) && last.contains(". "),
            what + " is told as " + last + " in " + told);
      }
    }
  }
}
