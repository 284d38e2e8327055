package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A password that keeps nobody out: no store begins with it, and none that is there is kept from starting.
final class WeakSecretsIT {

  private static final Map<String, String> WEAK = Map.of("HAYLOFT_ROOT_PASSWORD", "x",
      "HAYLOFT_VOLUME_SECRET", "y");

  @TempDir
  private Path temp = Path.of("");

  @Test
  void aNewStoreIsRefusedAndAnOldOneWarns() throws Exception {
    Path data = temp.resolve("data");
    Path log = temp.resolve("log");
    var refusal = assertThrows(IOException.class, () -> ServerProcess.start(data, log, WEAK));
    assertTrue(refusal.toString().contains("has fewer than 8 characters"), refusal.toString());
    assertFalse(Files.exists(data));
    try (ServerProcess server = ServerProcess.start(data)) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      assertEquals(0, server.stop());
    }
    try (ServerProcess server = ServerProcess.start(data, log, WEAK)) {
      assertTrue(server.log().contains("user.weakSecret id=root from=HAYLOFT_ROOT_USER "), server.log());
      assertTrue(server.log().contains("fileIds.weakSecret from=HAYLOFT_VOLUME_SECRET "), server.log());
      var client = new S3Requests(server.endpoint(), ServerProcess.ACCESS_KEY, "x");
      assertEquals(200, client.get("/barn").statusCode());
      assertEquals(0, server.stop());
    }
  }
}
