package hayloft.cli.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherOptionsTest {

  private static final long MIB = 1 << 20;

  @TempDir
  private Path directory = Path.of("");

  private static long mib(Map<String, String> environment, String... arguments) {
    return LauncherOptions.of(List.of(arguments), environment, new AvailableMemory(2048 * MIB, Optional.empty()))
        .totalBytes() / MIB;
  }

  @Test
  void looksWhereTheProgramWillLookInTheSameOrder() throws IOException {
    Path file = Files.writeString(directory.resolve("a.yaml"), "memory: 600MiB # for now\n");
    Path other = Files.writeString(directory.resolve("b.yaml"), "memory: 700MiB\n");
    Map<String, String> named = Map.of("HAYLOFT_CONFIG", file.toString());
    assertEquals(600, mib(named, "server"));
    assertEquals(700, mib(named, "server", "--config", other.toString()));
    assertEquals(700, mib(named, "server", "--config=" + other));
    Map<String, String> both = Map.of("HAYLOFT_CONFIG", file.toString(), "HAYLOFT_MEMORY", "500MiB");
    assertEquals(500, mib(both, "server"));
    assertEquals(400, mib(both, "server", "--memory", "400MiB"));
    assertEquals(400, mib(both, "server", "--memory=400MiB", "--dir", "data"));
    assertEquals(1024, mib(both, "server", "--memory", "auto"));
  }

  @Test
  void whatIsWrongIsLeftToTheProgramWhichIsStartedSmall() throws IOException {
    Path file = Files.writeString(directory.resolve("a.yaml"), "memory: [\n");
    assertEquals(256, mib(Map.of(), "server", "--memory", "much"));
    assertEquals(256, mib(Map.of(), "server", "--memory", "1MiB"));
    assertEquals(256, mib(Map.of(), "server", "--memory", "4GiB"));
    assertEquals(1024, mib(Map.of(), "server", "--memory"));
    assertEquals(1024, mib(Map.of("HAYLOFT_CONFIG", file.toString()), "server"));
    assertEquals(1024, mib(Map.of("HAYLOFT_CONFIG", directory.resolve("none").toString()), "server"));
  }
}
