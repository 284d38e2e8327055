package hayloft.cli.memory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// What memory this process can have at most. Immutable.
///
/// @param bytes the lowest limit of the process's control group and those around it, or the machine's memory if none is
///   lower
/// @param limit the file that sets the limit; empty if it is the machine's memory
public record AvailableMemory(long bytes, Optional<Path> limit) {

  private static final long UNKNOWN_MACHINE_BYTES = 1L << 30;
  /// Of control groups version 2 and version 1. Above `memory.high` a process is not ended but slowed down until it is
  /// of no use.
  private static final List<String> LIMIT_FILES = List.of("memory.max", "memory.high", "memory.limit_in_bytes");

  /// A mounted hierarchy of control groups.
  ///
  /// @param root which group of the hierarchy the mount point shows: not its root in containers that see the host's
  private record Mount(String root, Path at, boolean memoryOfVersion1) {}

  public static AvailableMemory ofThisProcess() {
    return read(Path.of("/"));
  }

  /// @param system where `proc` and the mount points are: the file system's root
  static AvailableMemory read(Path system) {
    var lowest = new AvailableMemory(machineBytes(system), Optional.empty());
    for (Mount mount : mounts(system)) {
      for (Path group = group(system, mount); group != null
          && group.startsWith(mount.at()); group = group.getParent()) {
        for (String file : LIMIT_FILES) {
          long bytes = limit(group.resolve(file));
          if (bytes < lowest.bytes()) {
            lowest = new AvailableMemory(bytes, Optional.of(group.resolve(file)));
          }
        }
      }
    }
    return lowest;
  }

  private static long machineBytes(Path system) {
    for (String line : lines(system.resolve("proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.substring("MemTotal:".length(), line.lastIndexOf("kB")).strip()) << 10;
      }
    }
    return UNKNOWN_MACHINE_BYTES;
  }

  /// From [proc_pid_mountinfo(5)](https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html): fields 4 and 5 are
  /// root and mount point; type and options of the file system stand behind the dash.
  private static List<Mount> mounts(Path system) {
    List<Mount> mounts = new ArrayList<>();
    for (String line : lines(system.resolve("proc/self/mountinfo"))) {
      List<String> fields = Arrays.asList(line.split(" "));
      int dash = fields.indexOf("-");
      if (dash < 5 || fields.size() < dash + 4) {
        continue;
      }
      String type = fields.get(dash + 1);
      boolean version1 = type.equals("cgroup") && List.of(fields.get(dash + 3).split(",")).contains("memory");
      if (version1 || type.equals("cgroup2")) {
        mounts.add(new Mount(fields.get(3), system.resolve(fields.get(4).substring(1)), version1));
      }
    }
    return mounts;
  }

  /// The process's own group below a mount point, or the mount point if the group cannot be seen from here.
  private static Path group(Path system, Mount mount) {
    for (String line : lines(system.resolve("proc/self/cgroup"))) { // hierarchy:controllers:path
      String[] fields = line.split(":", 3);
      if (fields.length < 3) {
        continue;
      }
      boolean its = mount.memoryOfVersion1()
          ? List.of(fields[1].split(",")).contains("memory")
          : fields[1].isEmpty();
      if (its) {
        String below = fields[2].startsWith(mount.root()) ? fields[2].substring(mount.root().length()) : fields[2];
        Path group = mount.at().resolve(below.startsWith("/") ? below.substring(1) : below).normalize();
        return group.startsWith(mount.at()) && Files.isDirectory(group) ? group : mount.at();
      }
    }
    return mount.at();
  }

  private static long limit(Path file) {
    for (String line : lines(file)) {
      try {
        return Long.parseLong(line.strip());
      } catch (NumberFormatException _) { // "max", or more than a long holds: no limit
        return Long.MAX_VALUE;
      }
    }
    return Long.MAX_VALUE;
  }

  /// None if there is no such file: not every system has all of them.
  private static List<String> lines(Path file) {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (IOException _) { // what cannot be read sets no limit that could be known
      return List.of();
    }
  }
}
