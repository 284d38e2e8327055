package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/// EIO, or syncs that do not return, for a real process: `failing_disk.c`, compiled for the test and preloaded.
/// Confined to the test.
final class FailingDisk {
  private final Path library;
  private final Path trigger;

  private FailingDisk(Path library, Path trigger) {
    this.library = library;
    this.trigger = trigger;
  }

  /// Compiles it, or skips the test where there is no C compiler.
  static FailingDisk compile(Path folder) throws IOException, InterruptedException {
    String compiler = Stream.of("cc", "gcc", "clang").filter(FailingDisk::isOnPath).findFirst().orElse("");
    assumeTrue(!compiler.isEmpty(), "there is no C compiler (cc, gcc, clang): EIO was not tested");
    Path source = folder.resolve("failing_disk.c");
    try (InputStream in = FailingDisk.class.getResourceAsStream("failing_disk.c")) {
      Files.copy(Objects.requireNonNull(in), source);
    }
    Path library = folder.resolve("failing_disk.so");
    Process process = new ProcessBuilder(
        List.of(compiler, "-shared", "-fPIC", "-O1", "-o", library.toString(), source.toString(), "-ldl")).inheritIO()
        .start();
    assertEquals(0, process.waitFor(), "compiling failing_disk.c");
    return new FailingDisk(library, folder.resolve("disk-fails"));
  }

  private static boolean isOnPath(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  /// @param calls of `read`, `write` and `sync` those that fail, with commas; `hang` for syncs that do not return
  /// @param pattern of the paths of files on which these do
  Map<String, String> environment(String calls, String pattern) {
    return Map.of("LD_PRELOAD", library.toString(), "FAILING_DISK_PATTERN", pattern, "FAILING_DISK_CALLS", calls,
        "FAILING_DISK_TRIGGER", trigger.toString());
  }

  /// From now on.
  void fail() throws IOException {
    Files.createFile(trigger);
  }

  void recover() throws IOException {
    Files.delete(trigger);
  }
}
