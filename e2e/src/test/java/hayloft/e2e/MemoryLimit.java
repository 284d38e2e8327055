package hayloft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A control group of the kernel that ends a process which takes more memory than it may, page cache included. Not every
/// machine lets tests make one. Confined to the test that made it.
final class MemoryLimit implements AutoCloseable {

  /// Of version 1 and version 2 of control groups.
  private static final List<Path> ROOTS = List.of(Path.of("/sys/fs/cgroup/memory"), Path.of("/sys/fs/cgroup"));
  private static final List<String> LIMITS = List.of("memory.limit_in_bytes", "memory.max");

  private final Path group;

  private MemoryLimit(Path group) {
    this.group = group;
  }

  static Optional<MemoryLimit> tryToMake(long bytes) throws IOException {
    for (Path root : ROOTS) {
      Path group = root.resolve("hayloft-e2e-" + ProcessHandle.current().pid() + "-" + System.nanoTime());
      try {
        Files.createDirectory(group);
      } catch (IOException _) {
        continue; // none of this version, or not for us
      }
      for (String limit : LIMITS) {
        if (Files.isWritable(group.resolve(limit))) {
          Files.writeString(group.resolve(limit), Long.toString(bytes));
          return Optional.of(new MemoryLimit(group));
        }
      }
      Files.delete(group);
    }
    return Optional.empty();
  }

  /// A command that enters the group and becomes the command that follows it.
  List<String> entering() {
    return List.of("sh", "-c", "echo $$ >" + group.resolve("cgroup.procs") + " && exec \"$@\"", "sh");
  }

  /// After the last process in it has ended.
  @Override
  public void close() throws IOException {
    Files.delete(group);
  }
}
