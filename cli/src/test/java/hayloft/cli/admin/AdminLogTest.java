package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AdminLogTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir
  private Path directory = Path.of("");
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");

  private Path file() {
    return directory.resolve("admin.log");
  }

  private List<JsonNode> lines() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(file())) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static AdminLog.Entry entry(String arguments, String outcome) throws IOException {
    return new AdminLog.Entry("ID1", new Caller("root", "s"), "s3.user.create",
        new Arguments(JSON.readTree(arguments)).masked(), outcome);
  }

  @Test
  void anActionIsALineWithoutSecretsForItsOwnerOnly() throws IOException {
    var log = new AdminLog(file(), () -> now);
    log.write(entry("{\"id\":\"a\",\"secretKey\":\"hidden\",\"newPassword\":\"hidden\"}", "begun"));
    log.write(entry("{}", "done"));
    assertFalse(Files.readString(file()).contains("hidden"));
    assertEquals(JSON.readTree(
        """
            {"time":"2026-01-01T00:00:00Z","who":"root","session":"s","action":"s3.user.create",
             "arguments":{"id":"a","secretKey":"********","newPassword":"********"},\
            "outcome":"begun","requestId":"ID1"}"""),
        lines().getFirst());
    assertEquals(2, lines().size());
    assertEquals(PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file()));
  }

  @Test
  void aRotatedFileIsBegunAnew() throws IOException {
    var log = new AdminLog(file(), () -> now);
    log.write(entry("{}", "begun"));
    Files.move(file(), directory.resolve("admin.log.1"));
    log.write(entry("{}", "done"));
    assertEquals("done", lines().getFirst().path("outcome").asText());
  }

  @Test
  void strangersCostALineASecondAtMost() throws IOException {
    var log = new AdminLog(file(), () -> now);
    for (int i = 0; i < 100; i++) {
      log.denied("ID" + i, "AK", "192.0.2.1", "POST /v1/volume.list", "SignatureDoesNotMatch");
    }
    now = now.plusSeconds(1);
    log.denied("ID", "AK", "192.0.2.1", "POST /v1/volume.list", "SignatureDoesNotMatch");
    assertEquals(2, lines().size());
    assertEquals("denied: SignatureDoesNotMatch", lines().getFirst().path("outcome").asText());
    assertEquals(99, lines().getLast().path("furtherDenials").asInt());
  }

  @Test
  void whatStrangersSendIsCutAndHasNoSignatures() throws IOException {
    var log = new AdminLog(file(), () -> now);
    log.denied("ID", "k".repeat(31_000), "192.0.2.1", "GET /v1/x?X-Amz-Signature=s3cr3t", "AccessDenied");
    assertEquals("k".repeat(2048) + "…", lines().getFirst().path("who").asText());
    assertEquals("GET /v1/x?X-Amz-Signature=...", lines().getFirst().path("action").asText());
  }

  @Test
  void whatCannotBeWrittenIsAFault() {
    var log = new AdminLog(directory.resolve("no/such/directory/admin.log"), () -> now);
    assertThrows(IOException.class, () -> log.write(entry("{}", "begun")));
    assertTrue(assertThrows(AdminRefusal.class, () -> new Arguments(JSON.readTree("[]"))).text().contains("object"));
  }
}
