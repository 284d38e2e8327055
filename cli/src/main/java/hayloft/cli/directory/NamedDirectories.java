package hayloft.cli.directory;

import hayloft.cli.files.Scratch;
import hayloft.common.directory.DirectoryReport;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeState;
import hayloft.master.log.CommandLog;
import hayloft.master.state.VolumeEntry;
import hayloft.volume.disk.ReadOnlyDisk;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.store.Descriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Data directories of one store that were named, as they are on the disk. Immutable; changes nothing there.
record NamedDirectories(List<DirectoryReport> reports) {

  private static final EventLog LOG = EventLog.of(NamedDirectories.class);
  private static final String MASTER = "master";
  private static final String DESCRIPTOR = "[1-9][0-9]*\\" + Descriptor.SUFFIX;

  NamedDirectories {
    reports = List.copyOf(reports);
  }

  /// @throws IOException if one of them has no store, or not the same as the others
  static NamedDirectories of(List<Path> paths) throws IOException {
    List<DirectoryReport> reports = new ArrayList<>();
    for (Path path : paths) {
      DirectoryReport report = DirectoryReport.of(path);
      if (report.storeId().isEmpty()) {
        throw new IOException(path + " is no data directory of a store: it has no hayloft.json");
      }
      reports.add(report);
    }
    Set<UUID> stores = reports.stream().flatMap(report -> report.storeId().stream()).collect(Collectors.toSet());
    if (stores.size() > 1) {
      throw new IOException("the directories belong to different stores: " + stores);
    }
    return new NamedDirectories(reports);
  }

  UUID storeId() {
    return reports.getFirst().storeId().orElseThrow();
  }

  /// Every directory of the store by its id, with where it is, or was last seen; the one with catalog and keys first.
  /// Without those that were given up.
  Map<UUID, Path> known() {
    Map<UUID, Path> known = new LinkedHashMap<>();
    reports.forEach(report -> report.known().forEach((id, path) -> known.putIfAbsent(id, Path.of(path))));
    reports.forEach(report -> report.directoryId().ifPresent(id -> known.put(id, report.path())));
    known.keySet().removeAll(givenUp().keySet());
    return known;
  }

  Map<UUID, String> givenUp() {
    Map<UUID, String> givenUp = new LinkedHashMap<>();
    reports.forEach(report -> givenUp.putAll(report.givenUp()));
    return givenUp;
  }

  Optional<DirectoryReport> named(UUID id) {
    return reports.stream().filter(report -> report.directoryId().equals(Optional.of(id))).findFirst();
  }

  /// Ids of the volumes that a directory holds, by their descriptors.
  static Set<Integer> volumesIn(Path directory) throws IOException {
    Path folder = directory.resolve("volumes");
    if (!Files.isDirectory(folder)) {
      return Set.of();
    }
    return descriptorsIn(folder).stream()
        .map(name -> Integer.valueOf(name.substring(0, name.length() - Descriptor.SUFFIX.length())))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static List<String> descriptorsIn(Path folder) throws IOException {
    var own = new ReadOnlyDisk(folder);
    List<String> names;
    try {
      PackedDisk disk = PackedDisk.over(own);
      try {
        names = disk.list();
      } finally {
        disk.close();
      }
    } catch (IOException e) {
      LOG.warning("pack.unreadable").with("folder", folder).with("reason", e)
          .with("action", "its-volumes-are-not-counted").say();
      names = own.list();
    }
    return names.stream().filter(name -> name.matches(DESCRIPTOR)).toList();
  }

  /// Volumes that the master's log knows and none of these directories holds. Empty if none of them has a master's log.
  ///
  /// @throws IOException if it cannot be read
  Optional<Set<Integer>> volumesElsewhere() throws IOException {
    Optional<Path> master = reports.stream().map(report -> report.path().resolve(MASTER)).filter(Files::isDirectory)
        .findFirst();
    if (master.isEmpty()) {
      return Optional.empty();
    }
    Set<Integer> volumes = onRecord(master.get());
    for (DirectoryReport report : reports) {
      volumes.removeAll(volumesIn(report.path()));
    }
    return Optional.of(volumes);
  }

  /// Of a copy, since opening a log mends what a crash left of its end.
  private static Set<Integer> onRecord(Path master) throws IOException {
    try (Scratch copy = Scratch.directory(Path.of(System.getProperty("java.io.tmpdir")), "hayloft-master-")) {
      try (Stream<Path> files = Files.list(master)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, copy.path().resolve(file.getFileName().toString()));
        }
      }
      try (CommandLog log = CommandLog.open(copy.path(), Integer.MAX_VALUE)) {
        return log.state().volumes().stream().filter(volume -> volume.state() != VolumeState.RETIRED)
            .map(VolumeEntry::id).collect(Collectors.toCollection(TreeSet::new));
      }
    }
  }
}
