package hayloft.cli.server;

import hayloft.common.directory.DiskSpace;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Help.Ansi;

final class GreetingTest {

  private static final Greeting GREETING = new Greeting(
      List.of(Map.entry("s3", "http://127.0.0.1:8333"), Map.entry("master", "http://127.0.0.1:9333")), true,
      List.of(new Greeting.Space(Path.of("/srv/odd @|name"), new DiskSpace(1_500_000_000L, 20_000_000_000L))),
      Durability.FSYNC,
      "/srv/a/credentials.json", Optional.of(Path.of("/etc/hayloft/hayloft.yaml")));

  @Test
  void itSaysWhatAPersonNeeds() {
    String text = GREETING.text(Ansi.OFF);
    for (String line : List.of("S3            http://127.0.0.1:8333, on every address of this machine",
        "master        http://127.0.0.1:9333", "data          /srv/odd @|name, 1.5 GB free of 20 GB",
        "durability    fsync: a write is acknowledged once it is on the disk", "credentials   /srv/a/credentials.json",
        "configuration /etc/hayloft/hayloft.yaml",
        "to stop       Ctrl-C, or kill " + ProcessHandle.current().pid())) {
      assertTrue(text.lines().anyMatch(said -> said.equals("  " + line)), line + " is not in\n" + text);
    }
    assertFalse(text.contains("\u001b"), "a colour");
  }

  @Test
  void coloursChangeNothingElse() {
    String coloured = GREETING.text(Ansi.ON);
    assertTrue(coloured.contains("\u001b["), coloured);
    assertEquals(GREETING.text(Ansi.OFF), coloured.replaceAll("\u001b\\[[\\d;]*m", ""));
  }
}
