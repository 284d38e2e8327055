package hayloft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A control group of the kernel that ends a process which takes more memory than it may, page cache included. Not
/// every machine lets tests make one. Confined to the test that made it.
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

  /// What the kernel counts against the limit now.
  long usedBytes() throws IOException {
    Path version1 = group.resolve("memory.usage_in_bytes");
    return Long.parseLong(
        Files.readString(Files.exists(version1) ? version1 : group.resolve("memory.current")).strip());
  }

  /// How many processes the kernel ended because of the limit.
  long killed() throws IOException {
    Path version1 = group.resolve("memory.oom_control");
    for (String line : Files.readAllLines(Files.exists(version1) ? version1 : group.resolve("memory.events"))) {
      if (line.startsWith("oom_kill ")) {
        return Long.parseLong(line.substring("oom_kill ".length()).strip());
      }
    }
    throw new IOException(group + " does not tell how many processes were ended");
  }

  /// After the last process in it has ended.
  @Override
  public void close() throws IOException {
    Files.delete(group);
  }
}
