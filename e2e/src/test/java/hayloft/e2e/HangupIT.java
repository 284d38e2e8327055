package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// SIGHUP at every moment of a start: of the launcher, of the virtual machine, of the program.
@Timeout(120)
class HangupIT {

  /// From when the launcher has it ignored, hundreds a second, until one was answered.
  private static final String HAMMER = """
      server=$$
      {
        until grep -q 'SigIgn:.*[13579bdf]$' /proc/$server/status; do :; done
        while kill -HUP $server && ! grep -q config.reloaded "$1"; do sleep 0.003; done
      } >/dev/null 2>&1 &
      shift
      exec "$@"
      """;

  @TempDir
  Path temp;

  @Test
  void manyDuringAStartDoNotEndItAndAreAnsweredOnceItServes() throws Exception {
    Path directory = temp.resolve("data");
    List<String> hammered = List.of("bash", "-c", HAMMER, "hammer", temp.resolve("data.log").toString());
    try (ServerProcess server = ServerProcess.startWithin(hammered, directory, "")) {
      while (!server.log().contains("config.reloaded")) { // bounded by the test's time
        assertTrue(server.isAlive(), server.log());
        Thread.onSpinWait();
      }
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      assertEquals(0, server.stop());
    }
  }
}
