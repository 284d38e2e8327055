package hayloft.volume.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Which files of a folder this process has open, by Linux' /proc. Stateless.
public final class OpenDescriptors {
  private static final Path PROC = Path.of("/proc/self/fd");

  private OpenDescriptors() {}

  /// Names of the files, one for each descriptor; those that are deleted end in ` (deleted)`.
  public static List<String> of(Path folder) throws IOException {
    String prefix = folder.toRealPath() + "/";
    List<String> names = new ArrayList<>();
    List<Path> descriptors;
    try (Stream<Path> all = Files.list(PROC)) {
      descriptors = all.toList();
    }
    for (Path descriptor : descriptors) {
      try {
        String target = Files.readSymbolicLink(descriptor).toString();
        if (target.startsWith(prefix)) {
          names.add(target.substring(prefix.length()));
        }
      } catch (NoSuchFileException _) {
        // closed meanwhile
      }
    }
    names.sort(null);
    return names;
  }
}
