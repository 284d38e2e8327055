package hayloft.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What file systems are mounted where, by `/proc/self/mountinfo` (proc(5)). Immutable.
final class Mounts {

  /// @param options of the mount and of the file system, separated by commas
  record Mount(Path point, String type, String device, List<String> options) {}

  private final List<Mount> mounts = new ArrayList<>();

  /// @param lines in the form of mountinfo: `36 35 98:0 /root /point options optional… - type device options`
  Mounts(List<String> lines) {
    for (String line : lines) {
      int dash = line.indexOf(" - ");
      String[] before = line.substring(0, Math.max(0, dash)).split(" ");
      String[] after = line.substring(dash + 3).split(" ");
      if (dash < 0 || before.length < 6 || after.length < 3) {
        continue;
      }
      List<String> options = new ArrayList<>(List.of(before[5].split(",")));
      options.addAll(List.of(after[2].split(",")));
      mounts.add(new Mount(Path.of(unescaped(before[4])), after[0], after[1], options.stream().distinct().toList()));
    }
  }

  static Mounts ofThisProcess() throws IOException {
    Path file = Path.of("/proc/self/mountinfo");
    return new Mounts(Files.exists(file) ? Files.readAllLines(file) : List.of());
  }

  /// Blanks and backslashes in names are octal there.
  private static String unescaped(String text) {
    return text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
  }

  /// The mount that a path lies on: the longest, and of equals the last, which hides the others.
  Optional<Mount> of(Path path) {
    Mount best = null;
    for (Mount mount : mounts) {
      if (path.startsWith(mount.point) && (best == null || mount.point.getNameCount() >= best.point.getNameCount())) {
        best = mount;
      }
    }
    return Optional.ofNullable(best);
  }
}
