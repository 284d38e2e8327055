package hayloft.common.directory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All data directories of one store, locked for this process. Thread-safe.
///
/// Opening looks at every directory before it changes any. It refuses, naming what was found and what to do:
///
/// - a directory of another store, or two copies of the same directory;
/// - a directory that the store has and that was not named, or that is empty now: an unmounted disk;
/// - a directory with remains of a store and no marker;
/// - a directory that a process uses, or a newer format.
///
/// A new, empty directory beside ones of a store joins the store; only empty directories make a new one.
public final class StoreDirectories implements AutoCloseable {

  private static final List<String> REMAINS = List.of("volumes", "catalog", "master", "store.key", "credentials.json");
  /// What a directory may hold and still count as empty: the lock that a refused start left, and what mkfs makes.
  private static final Set<String> NOTHING = Set.of("LOCK", "lost+found", Marker.FILE + ".tmp");

  private final UUID storeId;
  private final List<DataDirectory> directories;
  private final List<DirectoryLock> locks;
  private final boolean created;

  private StoreDirectories(UUID storeId, List<DataDirectory> directories, List<DirectoryLock> locks, boolean created) {
    this.storeId = storeId;
    this.directories = List.copyOf(directories);
    this.locks = List.copyOf(locks);
    this.created = created;
  }

  /// What to do when no directory has a store yet.
  public enum WhenEmpty {
    /// Make a new store.
    CREATE,
    /// Refuse: the operator says that there is one (`--require-store`).
    REFUSE
  }

  /// Opens the store in these directories, or makes one. Catalog, master and keys are in the directory that was named first when the store
  /// was made, in whatever order they are named now.
  ///
  /// @throws WrongDirectoryException as said above
  public static StoreDirectories open(List<Path> paths, WhenEmpty whenEmpty) throws IOException {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("a store needs at least one data directory");
    }
    List<Path> absolute = paths.stream().map(path -> path.toAbsolutePath().normalize()).toList();
    survey(absolute, whenEmpty); // refuses before anything is created, as on the bare mount point of a missing disk
    List<DirectoryLock> locks = new ArrayList<>();
    try {
      Set<Path> real = new HashSet<>();
      for (Path path : absolute) {
        Files.createDirectories(path);
        if (!real.add(path.toRealPath())) {
          throw new WrongDirectoryException("data directory " + path + " is named twice. Name each directory once");
        }
        locks.add(DirectoryLock.take(path));
      }
      return join(survey(absolute, whenEmpty), absolute, locks);
    } catch (IOException e) {
      closeAll(locks, e);
      throw e;
    }
  }

  /// What lies in the directories, found good.
  ///
  /// @param known what their markers list, the store's first directory first
  private record Survey(Map<Path, Marker> marked, List<Path> unmarked, Map<UUID, String> known) {}

  private static Survey survey(List<Path> paths, WhenEmpty whenEmpty) throws IOException {
    Map<Path, Marker> marked = new LinkedHashMap<>();
    List<Path> unmarked = new ArrayList<>();
    for (Path path : paths) {
      Marker.read(path).ifPresentOrElse(marker -> marked.put(path, marker), () -> unmarked.add(path));
    }
    if (marked.isEmpty() && whenEmpty == WhenEmpty.REFUSE) {
      throw new WrongDirectoryException("no store in " + joined(paths) + ", and --require-store forbids making one."
          + " Mount its disks, correct --dir, or leave --require-store out to make a new store");
    }
    for (Path path : unmarked) {
      if (Files.exists(path)) {
        refuseRemains(path);
      }
    }
    refuseForeign(marked);
    Map<UUID, String> known = new LinkedHashMap<>();
    marked.values().forEach(marker -> known.putAll(marker.directories()));
    refuseMissing(known, marked, unmarked);
    return new Survey(marked, unmarked, known);
  }

  /// Writes the markers. New directories are listed nowhere but in their own marker until all have one, so that a crash in between leaves
  /// nothing that the next start takes for a missing disk.
  private static StoreDirectories join(Survey survey, List<Path> paths, List<DirectoryLock> locks) throws IOException {
    UUID storeId = survey.marked().values().stream().map(Marker::storeId).findFirst().orElseGet(UUID::randomUUID);
    Map<UUID, String> all = new LinkedHashMap<>(survey.known());
    Map<Path, Marker> markers = new LinkedHashMap<>(survey.marked());
    for (Path path : survey.unmarked()) {
      UUID id = UUID.randomUUID();
      all.put(id, path.toString());
      var marker = new Marker(storeId, id, all);
      marker.write(path);
      DurableFile.syncDirectory(Optional.ofNullable(path.getParent()).orElse(path));
      markers.put(path, marker);
    }
    markers.forEach((path, marker) -> all.put(marker.directoryId(), path.toString()));
    for (var entry : markers.entrySet()) {
      var current = new Marker(storeId, entry.getValue().directoryId(), all);
      if (!current.equals(entry.getValue())) {
        current.write(entry.getKey());
      }
    }
    UUID first = all.keySet().iterator().next();
    List<DataDirectory> directories = new ArrayList<>();
    for (Path path : paths) {
      UUID id = Objects.requireNonNull(markers.get(path)).directoryId();
      directories.add(id.equals(first) ? 0 : directories.size(), new DataDirectory(id, path));
    }
    return new StoreDirectories(storeId, directories, locks, survey.marked().isEmpty());
  }

  private static void refuseRemains(Path path) throws IOException {
    Optional<String> remains = REMAINS.stream().filter(name -> Files.exists(path.resolve(name))).findFirst();
    if (remains.isPresent()) {
      throw new WrongDirectoryException(
          "data directory " + path + " has " + remains.get() + " of a store but no " + Marker.FILE
              + ". Restore " + Marker.FILE
              + " (a backup, or another directory of the store has the ids), or name an empty directory");
    }
    try (Stream<Path> entries = Files.list(path)) {
      Optional<String> other = entries.map(entry -> entry.getFileName().toString())
          .filter(name -> !NOTHING.contains(name))
          .findFirst();
      if (other.isPresent()) {
        throw new WrongDirectoryException("data directory " + path + " is not empty (it has " + other.get()
            + ") and is no data directory of a store. Name an empty or a new directory");
      }
    }
  }

  private static void refuseForeign(Map<Path, Marker> marked) throws WrongDirectoryException {
    Map<UUID, Path> stores = new LinkedHashMap<>();
    Map<UUID, Path> ids = new LinkedHashMap<>();
    for (var entry : marked.entrySet()) {
      stores.putIfAbsent(entry.getValue().storeId(), entry.getKey());
      Path twin = ids.put(entry.getValue().directoryId(), entry.getKey());
      if (twin != null) {
        throw new WrongDirectoryException(
            "data directories " + twin + " and " + entry.getKey() + " are copies of one directory ("
                + entry.getValue().directoryId() + "). Name only the current one");
      }
    }
    if (stores.size() > 1) {
      throw new WrongDirectoryException("the data directories belong to different stores: "
          + stores.entrySet().stream().map(store -> store.getValue() + " to " + store.getKey())
              .collect(Collectors.joining(", "))
          + ". Name the directories of one store");
    }
  }

  private static void refuseMissing(Map<UUID, String> known, Map<Path, Marker> marked, List<Path> unmarked)
      throws WrongDirectoryException {
    Set<UUID> present = marked.values().stream().map(Marker::directoryId).collect(Collectors.toSet());
    for (var directory : known.entrySet()) {
      if (present.contains(directory.getKey())) {
        continue;
      }
      for (Path empty : unmarked) {
        if (empty.toString().equals(directory.getValue())) {
          throw new WrongDirectoryException("data directory " + empty
              + (Files.exists(empty) ? " is empty" : " is missing") + ", but the store had directory "
              + directory.getKey() + " there: its disk is probably not mounted. Mount it and start again");
        }
      }
      throw new WrongDirectoryException("the store also has data directory " + directory.getKey() + ", last seen at "
          + directory.getValue() + ", which was not named. Add --dir with where it is now");
    }
  }

  private static String joined(Collection<Path> paths) {
    return paths.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  private static void closeAll(List<DirectoryLock> locks, IOException cause) {
    for (DirectoryLock lock : locks) {
      try {
        lock.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  public UUID storeId() {
    return storeId;
  }

  /// The one with catalog, master and keys.
  public DataDirectory first() {
    return directories.getFirst();
  }

  /// The first, then the others in the order in which they were named.
  public List<DataDirectory> all() {
    return directories;
  }

  /// Whether this start made the store.
  public boolean isNew() {
    return created;
  }

  /// Gives the locks back.
  @Override
  public void close() throws IOException {
    for (DirectoryLock lock : locks) {
      lock.close();
    }
  }
}
