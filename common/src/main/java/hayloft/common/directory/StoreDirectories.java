package hayloft.common.directory;

import hayloft.common.log.EventLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
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
/// - a directory inside another data directory, also where a symbolic link leads there;
/// - a directory that was given up: what lay on it counts as lost, and others may have its place;
/// - a directory that the store has and that was not named, or that is empty now: an unmounted disk;
/// - a directory with remains of a store and no marker;
/// - a directory of the store without the folder of its volumes, or with an empty one: a disk that is mounted there and
///   is not now;
/// - a directory that a process uses, or a newer format.
///
/// A new, empty directory beside ones of a store joins the store; only empty directories make a new one. The store's
/// level of formats is what the markers of all directories say. Opening raises a store to the level that the program
/// writes unasked ([KnownLevels]): all markers say so, durably, before anything else is written to any of the
/// directories. [#raise] does the same for the newest.
public final class StoreDirectories implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(StoreDirectories.class);
  private static final String LOST_AND_FOUND = "lost+found";
  private static final List<String> REMAINS = List.of("volumes", "catalog", "master", "store.key", "credentials.json");
  /// What a directory may hold and still count as empty: the lock that a refused start left, and what mkfs makes.
  private static final Set<String> NOTHING = Set.of("LOCK", LOST_AND_FOUND, Marker.FILE + ".tmp");

  private final UUID storeId;
  private final List<DataDirectory> directories;
  private final List<HeldDirectory> held;
  private final Map<UUID, String> givenUp;
  private final boolean created;
  private final KnownLevels known;
  private volatile int level;

  /// Whether one of these belongs to a store: a start on them makes no new one. Takes no locks and changes nothing.
  public static boolean isAnyOfAStore(Collection<Path> directories) {
    return directories.stream().anyMatch(directory -> Files.exists(directory.resolve(Marker.FILE)));
  }

  private StoreDirectories(UUID storeId, List<DataDirectory> directories, Collection<HeldDirectory> held,
      Map<UUID, String> givenUp, boolean created, KnownLevels known, int level) {
    this.storeId = storeId;
    this.directories = List.copyOf(directories);
    this.held = List.copyOf(held);
    this.givenUp = Map.copyOf(givenUp);
    this.created = created;
    this.known = known;
    this.level = level;
  }

  /// What to do when no directory has a store yet.
  public enum WhenEmpty {
    /// Make a new store.
    CREATE,
    /// Refuse: the operator says that there is one (`--require-store`).
    REFUSE
  }

  /// Opens the store in these directories, or makes one. Catalog, master and keys are in the directory that was named
  /// first when the store was made, in whatever order they are named now.
  ///
  /// @throws WrongDirectoryException as said above
  public static StoreDirectories open(List<Path> paths, WhenEmpty whenEmpty) throws IOException {
    return open(paths, whenEmpty, Set.of());
  }

  /// Opens the store without some of its directories, which leave it for good: what lies on them is lost. On return
  /// every directory that is left says so, durably; one that comes back later is refused. Giving up again what was
  /// given up changes nothing.
  ///
  /// @param givingUp their ids
  /// @throws WrongDirectoryException as said above; and if one of them is named, unknown, or the first, which has
  ///   catalog and keys
  public static StoreDirectories open(List<Path> paths, WhenEmpty whenEmpty, Set<UUID> givingUp) throws IOException {
    return open(paths, whenEmpty, givingUp, KnownLevels.PRESENT);
  }

  /// The same as a program would that knows other levels: for tests, so that a new one is tried before there is one.
  public static StoreDirectories open(List<Path> paths, WhenEmpty whenEmpty, Set<UUID> givingUp, KnownLevels levels)
      throws IOException {
    // refuses before anything is created, as on the bare mount point of a missing disk
    examine(paths, whenEmpty, givingUp, levels);
    List<Path> absolute = absolute(paths);
    Map<Path, Marker> markers = new LinkedHashMap<>();
    Map<Path, HeldDirectory> held = new LinkedHashMap<>();
    try {
      for (Path path : absolute) {
        held.put(path, HeldDirectory.holdWhatIsThere(path, levels.newest()));
      }
      for (HeldDirectory directory : held.values()) {
        directory.holdOwnLock();
        directory.marker().ifPresent(marker -> markers.put(directory.path(), marker));
      }
      Survey survey = survey(absolute, markers, whenEmpty, givingUp);
      for (Path path : survey.marked().keySet()) {
        refuseWithoutVolumes(path);
      }
      return join(survey, held, levels);
    } catch (IOException | RuntimeException e) {
      closeAll(held.values(), e);
      throw e;
    }
  }

  /// Refuses what [#open] would, but does not ask whether a process uses the directories; changes nothing. Not for the
  /// process that has the store open: it would give its own locks away ([HeldDirectory]).
  public static void examine(List<Path> paths, WhenEmpty whenEmpty, Set<UUID> givingUp) throws IOException {
    examine(paths, whenEmpty, givingUp, KnownLevels.PRESENT);
  }

  private static void examine(List<Path> paths, WhenEmpty whenEmpty, Set<UUID> givingUp, KnownLevels levels)
      throws IOException {
    if (paths.isEmpty()) {
      throw new IllegalArgumentException("a store needs at least one data directory");
    }
    List<Path> absolute = absolute(paths);
    DirectoryNesting.refuse(absolute);
    Map<Path, Marker> markers = new LinkedHashMap<>();
    for (Path path : absolute) {
      Marker.read(path, levels.newest()).ifPresent(marker -> markers.put(path, marker));
    }
    Survey _ = survey(absolute, markers, whenEmpty, givingUp);
  }

  private static List<Path> absolute(List<Path> paths) {
    return paths.stream().map(path -> path.toAbsolutePath().normalize()).toList();
  }

  /// What lies in the directories, found good.
  ///
  /// @param known what their markers list and was not given up, the store's first directory first
  private record Survey(Map<Path, Marker> marked, List<Path> unmarked, Map<UUID, String> known,
      Map<UUID, String> givenUp) {}

  private static Survey survey(List<Path> paths, Map<Path, Marker> marked, WhenEmpty whenEmpty, Set<UUID> givingUp)
      throws IOException {
    List<Path> unmarked = paths.stream().filter(path -> !marked.containsKey(path)).toList();
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
    Map<UUID, String> givenUp = new LinkedHashMap<>();
    marked.values().forEach(marker -> givenUp.putAll(marker.givenUp()));
    giveUp(givingUp, known, givenUp);
    refuseGivenUp(givenUp, marked);
    known.keySet().removeAll(givenUp.keySet());
    refuseMissing(known, marked, unmarked);
    return new Survey(new LinkedHashMap<>(marked), unmarked, known, givenUp);
  }

  private static void giveUp(Set<UUID> givingUp, Map<UUID, String> known, Map<UUID, String> givenUp)
      throws WrongDirectoryException {
    for (UUID id : givingUp) {
      String path = known.get(id);
      if (path == null && !givenUp.containsKey(id)) {
        throw new WrongDirectoryException("the store has no data directory " + id + " that could be given up. It has "
            + known.entrySet().stream().map(entry -> entry.getKey() + " at " + entry.getValue())
                .collect(Collectors.joining(", ")));
      }
      if (id.equals(known.keySet().iterator().next())) {
        throw new WrongDirectoryException("data directory " + id + ", last seen at " + path
            + ", has the store's catalog and keys and cannot be given up. Restore it from a backup");
      }
      if (path != null) {
        givenUp.putIfAbsent(id, path);
      }
    }
  }

  private static void refuseGivenUp(Map<UUID, String> givenUp, Map<Path, Marker> marked)
      throws WrongDirectoryException {
    for (var entry : marked.entrySet()) {
      if (givenUp.containsKey(entry.getValue().directoryId())) {
        throw new WrongDirectoryException("data directory " + entry.getKey() + " (" + entry.getValue().directoryId()
            + ") was given up: it left the store, and what lies there counts as lost. Start without it; to use the disk"
            + " again, empty it and name it as a new directory");
      }
    }
  }

  /// Writes the markers. New directories are listed nowhere but in their own marker until all have one, so that a crash
  /// in between leaves nothing that the next start takes for a missing disk.
  private static StoreDirectories join(Survey survey, Map<Path, HeldDirectory> held, KnownLevels levels)
      throws IOException {
    // The highest, not the lowest: where one marker says more than others somebody has asked for it, and was
    // interrupted.
    int level = survey.marked().values().stream().mapToInt(Marker::level).reduce(levels.unasked(), Math::max);
    UUID storeId = survey.marked().values().stream().map(Marker::storeId).findFirst().orElseGet(UUID::randomUUID);
    Map<UUID, String> all = new LinkedHashMap<>(survey.known());
    Map<Path, UUID> ids = new LinkedHashMap<>();
    survey.marked().forEach((path, marker) -> ids.put(path, marker.directoryId()));
    for (Path path : survey.unmarked()) {
      UUID id = UUID.randomUUID();
      all.put(id, path.toString());
      Objects.requireNonNull(held.get(path)).holdVolumes(); // first: who has a marker has volumes
      Objects.requireNonNull(held.get(path)).write(new Marker(level, storeId, id, all, survey.givenUp()));
      DurableFile.syncDirectory(Optional.ofNullable(path.getParent()).orElse(path));
      ids.put(path, id);
    }
    ids.forEach((path, id) -> all.put(id, path.toString()));
    for (HeldDirectory directory : held.values()) {
      UUID id = Objects.requireNonNull(ids.get(directory.path()));
      directory.write(new Marker(level, storeId, id, all, survey.givenUp()));
    }
    tell(survey, storeId, level);
    UUID first = all.keySet().iterator().next();
    List<DataDirectory> directories = new ArrayList<>();
    for (HeldDirectory directory : held.values()) {
      directory.holdVolumes();
      UUID id = Objects.requireNonNull(ids.get(directory.path()));
      directories.add(id.equals(first) ? 0 : directories.size(), new DataDirectory(id, directory.path()));
    }
    return new StoreDirectories(storeId, directories, held.values(), survey.givenUp(), survey.marked().isEmpty(),
        levels, level);
  }

  private static void tell(Survey survey, UUID storeId, int level) {
    survey.marked().values().stream().mapToInt(Marker::level).min().stream().filter(former -> former < level)
        .forEach(former -> tellRaised(storeId, former, level));
    survey.givenUp().forEach((id, path) -> LOG.info("store.directoryGivenUp").with("directory", id)
        .with("lastSeenAt", path).say());
  }

  private static void tellRaised(UUID storeId, int from, int to) {
    LOG.info("store.levelRaised").with("id", storeId).with("from", from).with("to", to)
        .with("note", "older programs refuse this store from now on").say();
  }

  /// The folder has its lock from the first start on.
  private static void refuseWithoutVolumes(Path path) throws IOException {
    Path volumes = path.resolve(HeldDirectory.VOLUMES);
    boolean isThere = Files.exists(volumes);
    if (!isThere || entries(volumes).stream().allMatch(LOST_AND_FOUND::equals)) {
      throw new WrongDirectoryException("data directory " + path + " belongs to the store, but its folder " + volumes
          + (isThere ? " is empty" : " is missing")
          + ": if a disk belongs there it is probably not mounted. Mount it, or put the"
          + " folder back, and start again. To go on without all volumes that were in it, make the folder with an "
          + "empty file "
          + HeldDirectory.LOCK + " in it, and give the volumes up (volume.drop)");
    }
  }

  private static List<String> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }

  /// Nothing but what a start made that ended before it wrote the marker.
  private static boolean isUnfinished(Path path, String name) throws IOException {
    Path volumes = path.resolve(name);
    return name.equals(HeldDirectory.VOLUMES) && Files.isDirectory(volumes)
        && entries(volumes).equals(List.of(HeldDirectory.LOCK));
  }

  private static void refuseRemains(Path path) throws IOException {
    Optional<String> remains = Optional.empty();
    for (String name : REMAINS) {
      if (remains.isEmpty() && Files.exists(path.resolve(name)) && !isUnfinished(path, name)) {
        remains = Optional.of(name);
      }
    }
    if (remains.isPresent()) {
      throw new WrongDirectoryException(
          "data directory " + path + " has " + remains.get() + " of a store but no " + Marker.FILE
              + ". Restore " + Marker.FILE
              + " (a backup, or another directory of the store has the ids), or name an empty directory");
    }
    try (Stream<Path> entries = Files.list(path)) {
      Optional<String> other = entries.map(entry -> entry.getFileName().toString())
          .filter(name -> !NOTHING.contains(name) && !name.equals(HeldDirectory.VOLUMES))
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
          + directory.getValue() + ", which was not named. Add --dir with where it is now; if its disk is lost, hayloft"
          + " directory giveup lets the store start without it");
    }
  }

  private static String joined(Collection<Path> paths) {
    return paths.stream().map(Path::toString).collect(Collectors.joining(", "));
  }

  private static void closeAll(Collection<HeldDirectory> held, Exception cause) {
    for (HeldDirectory directory : held) {
      try {
        directory.close();
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

  /// Directories that left the store, by their ids, with where they were last seen.
  public Map<UUID, String> givenUp() {
    return givenUp;
  }

  /// What formats may be written: every directory's marker says it, durably.
  public int level() {
    return level;
  }

  /// What [#raise] would raise the store to.
  public int newestLevel() {
    return known.newest();
  }

  /// What the marker of each directory says.
  public synchronized Map<Path, Integer> levels() throws IOException {
    Map<Path, Integer> levels = new LinkedHashMap<>();
    for (HeldDirectory directory : held) {
      levels.put(directory.path(), directory.marker().orElseThrow().level());
    }
    return levels;
  }

  /// Raises the store to the newest level that the program knows; there is no way back. On return every marker says so,
  /// durably, and [#level] from then on: so nothing of the level is written before. If that fails on a disk the store
  /// goes on as it was, and the next start, or the next call, does it in those that are left.
  public synchronized void raise() throws IOException {
    int former = level;
    if (former == known.newest()) {
      return;
    }
    for (HeldDirectory directory : held) {
      directory.write(directory.marker().orElseThrow().withLevel(known.newest()));
    }
    level = known.newest();
    tellRaised(storeId, former, level);
  }

  /// Whether this start made the store.
  public boolean isNew() {
    return created;
  }

  /// Gives the locks back.
  @Override
  public synchronized void close() throws IOException {
    IOException failure = null;
    for (HeldDirectory directory : held) {
      try {
        directory.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
