package hayloft.cli.volume;

import hayloft.common.directory.DirectoryReport;
import hayloft.volume.inspect.VolumeFile;
import hayloft.volume.store.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The volume files that were named, one by one or by the directories that they lie in. Immutable.
///
/// @param files in the order named, those of a directory by id
/// @param dataDirectories that they lie in, as far as they lie in any
/// @param missing descriptors whose volume file is not there
record VolumePaths(List<Path> files, List<DirectoryReport> dataDirectories, List<Path> missing) {

  private static final String FOLDER = "volumes";

  /// @param named files, data directories, or folders of volume files
  /// @throws IllegalArgumentException if something named is none of these, or nothing is found
  static VolumePaths of(List<Path> named) throws IOException {
    List<Path> files = new ArrayList<>();
    List<Path> missing = new ArrayList<>();
    Set<Path> directories = new LinkedHashSet<>();
    for (Path path : named) {
      Path absolute = path.toAbsolutePath().normalize();
      if (VolumeFile.exists(absolute)) {
        files.add(absolute);
        addDataDirectory(parent(absolute), directories);
      } else if (Files.isDirectory(absolute)) {
        Path folder = folder(absolute);
        addAll(folder, files, missing);
        addDataDirectory(folder, directories);
      } else {
        throw new IllegalArgumentException(path + " is neither a volume file nor a directory");
      }
    }
    if (files.isEmpty() && missing.isEmpty()) {
      throw new IllegalArgumentException("no volume files in " + named);
    }
    List<DirectoryReport> reports = new ArrayList<>();
    for (Path directory : directories) {
      reports.add(DirectoryReport.of(directory));
    }
    return new VolumePaths(List.copyOf(files), List.copyOf(reports), List.copyOf(missing));
  }

  /// Where the volume files of a data directory lie, or the folder itself.
  static Path folder(Path directory) {
    Path inside = directory.resolve(FOLDER);
    return Files.isDirectory(inside) ? inside : directory;
  }

  static Path parent(Path absolute) {
    return Optional.ofNullable(absolute.getParent()).orElse(absolute);
  }

  private static void addDataDirectory(Path folder, Set<Path> directories) {
    Path parent = folder.getParent();
    if (parent != null && folder.endsWith(FOLDER)) {
      directories.add(parent);
    }
  }

  private static void addAll(Path folder, List<Path> files, List<Path> missing) throws IOException {
    files.addAll(VolumeFile.in(folder));
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted(Comparator.comparingInt(VolumePaths::number)).toList()) {
        String name = entry.getFileName().toString();
        if (name.matches("[1-9][0-9]*\\" + Descriptor.SUFFIX)) {
          Path data = entry.resolveSibling(
              name.substring(0, name.length() - Descriptor.SUFFIX.length()) + VolumeFile.SUFFIX);
          if (!Files.exists(data)) {
            missing.add(data);
          }
        }
      }
    }
  }

  static int number(Path entry) {
    String digits = entry.getFileName().toString().replaceAll("\\D.*", "");
    return digits.isEmpty() || digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits);
  }

  /// Those that a process works on right now.
  List<DirectoryReport> inUse() {
    return dataDirectories.stream().filter(directory -> directory.use() == DirectoryReport.Use.IN_USE).toList();
  }
}
