package hayloft.common.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Which data directories lie inside others, by whatever names. Stateless.
final class DirectoryNesting {

  private DirectoryNesting() {}

  /// Creates nothing: of what is not there yet, the nearest directory that is counts.
  ///
  /// @throws WrongDirectoryException if one is named twice, or lies inside another of them or of any store
  static void refuse(List<Path> paths) throws IOException {
    List<Path> real = new ArrayList<>();
    for (Path path : paths) {
      real.add(real(path));
    }
    for (int i = 0; i < paths.size(); i++) {
      for (int j = 0; j < paths.size(); j++) {
        if (i != j && real.get(i).equals(real.get(j))) {
          throw new WrongDirectoryException("data directory " + paths.get(Math.max(i, j))
              + " is named twice. Name each directory once");
        }
        if (i != j && real.get(i).startsWith(real.get(j))) {
          throw nested(paths.get(i), paths.get(j));
        }
      }
      for (@Nullable
      Path outer = real.get(i).getParent(); outer != null; outer = outer.getParent()) {
        if (Files.exists(outer.resolve(Marker.FILE))) {
          throw nested(paths.get(i), outer);
        }
      }
    }
  }

  private static WrongDirectoryException nested(Path inner, Path outer) {
    return new WrongDirectoryException("data directory " + inner + " lies inside data directory " + outer
        + ": each would take the other's files for its own, and its space too. Move it out (it is known by its id,"
        + " whatever its place), or name another directory");
  }

  private static Path real(Path path) throws IOException {
    Path there = path;
    while (!Files.exists(there)) {
      there = Objects.requireNonNull(there.getParent(), "the root of the file system is missing");
    }
    return there.toRealPath().resolve(there.relativize(path)).normalize();
  }
}
