package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The tools for files, on what a real server left: while it runs, after SIGKILL, and with a flipped bit.
class OfflineToolsIT {

  private static final byte[] NEEDLE = "the one needle in this hay".getBytes(StandardCharsets.UTF_8);

  @TempDir
  Path temp;

  @Test
  void verifyNamesTheObjectOfAFlippedBitAndExportSavesTheOthers() throws Exception {
    Path directory = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(directory)) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      for (int i = 0; i < 50; i++) {
        assertEquals(200, client.put("/barn/hay/" + i, ("hay " + i).getBytes(StandardCharsets.UTF_8)).statusCode());
      }
      assertEquals(200, client.put("/barn/hay/stack", NEEDLE).statusCode());
      assertEquals(204, client.delete("/barn/hay/7").statusCode());
      assertEquals(0, ToolProcess.run("volume", "verify", directory.toString()).exitCode(), "while a server runs");
      server.kill();
    }
    assertEquals(0, ToolProcess.run("volume", "verify", directory.toString()).exitCode(), "after a kill");
    flipABit(directory);
    ToolProcess verified = ToolProcess.run("volume", "verify", directory.toString());
    assertEquals(1, verified.exitCode(), verified.output());
    assertTrue(verified.output().contains("of barn/hay/stack"), verified.output());

    Path tar = temp.resolve("saved.tar");
    assertEquals(1, ToolProcess.run("volume", "export", directory.toString(), "--to", tar.toString()).exitCode());
    Process listing = new ProcessBuilder("tar", "-tf", tar.toString()).redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
    List<String> names = ToolProcess.ended(listing).output().lines().toList();
    assertEquals(50, names.size(), names.toString()); // 49 whole objects, and the list of the damaged one
    assertTrue(names.contains("barn/hay/49") && names.contains("hayloft-damaged.txt"), names.toString());
    assertTrue(!names.contains("barn/hay/7") && !names.contains("barn/hay/stack"), names.toString());
  }

  private static void flipABit(Path directory) throws IOException {
    List<Path> volumes;
    try (Stream<Path> files = Files.list(directory.resolve("volumes"))) {
      volumes = files.filter(file -> file.toString().endsWith(".dat")).toList();
    }
    String wanted = new String(NEEDLE, StandardCharsets.ISO_8859_1);
    for (Path volume : volumes) {
      int at = Files.readString(volume, StandardCharsets.ISO_8859_1).indexOf(wanted);
      if (at >= 0) {
        try (var file = new RandomAccessFile(volume.toFile(), "rw")) {
          file.seek(at);
          file.write(NEEDLE[0] ^ 4);
        }
        return;
      }
    }
    throw new AssertionError("no volume of " + volumes + " has the needle");
  }
}
