package hayloft.e2e.damage;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.directory.DataDirectory;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.memory.BufferMemory;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.Bucket;
import hayloft.filer.CatalogConfig;
import hayloft.filer.ObjectVersion;
import hayloft.filer.StoredBody;
import hayloft.filer.User;
import hayloft.filer.VolumeCatalog;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.Finding;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.losses.Losses;
import hayloft.filer.uploads.UploadConfig;
import hayloft.filer.users.StoreKey;
import hayloft.master.Master;
import hayloft.master.MasterConfig;
import hayloft.master.http.BlobAssigner;
import hayloft.master.placement.Demand;
import hayloft.master.placement.PlacementConfig;
import hayloft.master.state.VolumePurpose;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.scrub.Damage;
import hayloft.volume.scrub.ScrubConfig;
import hayloft.volume.scrub.Scrubber;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All rooms of a store over directories of real files, wired as the server wires them, without ports and with small
/// limits. Nothing works in the background: collection, compaction and scrub run when they are asked to. The only
/// class here that composes rooms. Confined to one thread.
///
/// A kill is a copy of the files at a quiet moment ([#copyTo]): it has what the page cache has, and nothing that was
/// still in memory. What the one who was copied does afterwards changes nothing in the copy.
final class StoreUnderTest implements AutoCloseable {

  static final int CHUNK_BYTES = 1000;
  private static final StoreKey KEY = new StoreKey(new byte[StoreKey.BYTES]);
  private static final long VOLUME_BYTES = 1 << 20;
  private static final int MOST_COPIES = 100;

  /// How it is opened.
  ///
  /// @param directories of the store, named `d0`, `d1` and so on
  /// @param volumeLimitBytes a MiB at least
  record Shape(int directories, long volumeLimitBytes, CollectorConfig collector) {

    static final Shape SMALL = new Shape(1, VOLUME_BYTES, new CollectorConfig(Duration.ZERO, Duration.ZERO,
        Duration.ofHours(1), Duration.ofHours(1), 64, 1_000_000));

    Shape limitedTo(long bytes) {
      return new Shape(directories, bytes, collector);
    }

    Shape on(int more) {
      return new Shape(more, volumeLimitBytes, collector);
    }
  }

  private final Path root;
  private final Deque<AutoCloseable> rooms = new ArrayDeque<>();
  private final List<FlawedDisk> disks = new ArrayList<>();
  private @Nullable VolumeStore volumes;
  private @Nullable Master master;
  private @Nullable VolumeCatalog catalog;
  private @Nullable BlobAssigner assigner;

  private StoreUnderTest(Path root) {
    this.root = root;
  }

  static List<Path> directories(Path root, int count) {
    List<Path> directories = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      directories.add(root.resolve("d" + i));
    }
    return directories;
  }

  static StoreUnderTest open(Path root, Shape shape, InstantSource clock) throws IOException {
    return open(root, shape, clock, Map.of());
  }

  /// @param flaws of volume files, by their path under the root: what cannot be read of them
  /// @throws IOException if the start is refused; nothing of it stays open
  static StoreUnderTest open(Path root, Shape shape, InstantSource clock, Map<String, FlawedDisk.Flaw> flaws)
      throws IOException {
    var store = new StoreUnderTest(root);
    try {
      store.start(shape, clock, flaws);
      return store;
    } catch (IOException | RuntimeException | Error e) {
      store.abandon(e);
      throw e;
    }
  }

  private void start(Shape shape, InstantSource clock, Map<String, FlawedDisk.Flaw> flaws) throws IOException {
    StoreDirectories directories = opened(
        StoreDirectories.open(directories(root, shape.directories()), StoreDirectories.WhenEmpty.CREATE));
    List<VolumeStore.Folder> folders = new ArrayList<>();
    for (DataDirectory directory : directories.all()) {
      var disk = new FlawedDisk(directory.volumes());
      disks.add(disk);
      folders.add(new VolumeStore.Folder(disk, ""));
      flaws.forEach((path, flaw) -> {
        Path file = root.resolve(path);
        if (directory.volumes().equals(file.getParent())) {
          disk.add(file.getFileName().toString(), flaw);
        }
      });
    }
    var volumeConfig = new VolumeStoreConfig(0, 2, 64, 8 << 20, 32 << 10, 2,
        new CompactionConfig(0.3, 0, 1L << 40, Duration.ZERO, new PackingConfig(2, 6, 1 << 20, 1 << 20, 0)),
        new ScrubConfig(Duration.ZERO, 1L << 40));
    VolumeStore opened = opened(VolumeStore.open(volumeConfig, folders,
        new NodeAddress(directories.first().id().toString(), "here", "here", "DefaultDataCenter", "DefaultRack"),
        directories.storeId(), clock, UnpooledByteBufAllocator.DEFAULT));
    volumes = opened;
    Master first = opened(Master.open(directories.first().master(),
        new MasterConfig(new PlacementConfig(1, 16, shape.volumeLimitBytes(), 1 << 16), 50), clock));
    first.register(opened);
    master = first;
    assigner = new BlobAssigner(first);
    var config = new CatalogConfig(directories.storeId().toString(), Durability.FSYNC, Duration.ofHours(1),
        Duration.ofHours(1), 2, new KeyStoreConfig(8 << 20, 2 << 20, 8 << 10, 64),
        LeaseConfig.DEFAULTS.withVolumesPerStream(shape.directories()), new BodyConfig(CHUNK_BYTES, 4, 3, 1 << 20),
        new UploadConfig(0, 1L << 40, 100), shape.collector());
    catalog = opened(VolumeCatalog.open(config, directories.first().catalog(), opened, first, KEY, clock, _ -> {},
        BufferMemory.AMPLE));
    catalog().settleNow();
  }

  private <T extends AutoCloseable> T opened(T room) {
    rooms.push(room);
    return room;
  }

  private void abandon(Throwable cause) {
    try {
      close();
    } catch (IOException | RuntimeException e) {
      cause.addSuppressed(e);
    }
    try {
      for (FlawedDisk disk : disks) {
        disk.abandon();
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /// A clean stop. Every room is closed, whatever others throw.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!rooms.isEmpty()) {
      try {
        rooms.pop().close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IOException("could not close cleanly: " + e.getMessage(), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  VolumeCatalog catalog() {
    return there(catalog);
  }

  VolumeStore volumes() {
    return there(volumes);
  }

  Master master() {
    return there(master);
  }

  private static <T> T there(@Nullable T room) {
    if (room == null) {
      throw new IllegalStateException("the store is not open");
    }
    return room;
  }

  /// A new directory for a test: in memory if there is such a place, unless `-Dhayloft.damage.directory=DIR` names
  /// another.
  static Path temporary(String what) throws IOException {
    Path memory = Path.of("/dev/shm");
    String usual = Files.isWritable(memory) ? memory.toString() : System.getProperty("java.io.tmpdir");
    return Files.createTempDirectory(Path.of(System.getProperty("hayloft.damage.directory", usual)),
        "hayloft-" + what + "-");
  }

  /// What a kill at this moment would leave. Waits for the key store's own background work: no file may come or go
  /// meanwhile.
  void copyTo(Path target) throws IOException {
    for (int attempt = 0; attempt < MOST_COPIES; attempt++) {
      try {
        List<String> before = filesOf(root);
        copy(root, target);
        if (before.equals(filesOf(root)) && before.equals(filesOf(target))) {
          return;
        }
      } catch (NoSuchFileException _) {
        // it was taken away while it was about to be copied
      }
      delete(target);
    }
    throw new IOException(root + " does not come to rest");
  }

  private static List<String> filesOf(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.map(path -> root.relativize(path).toString()).sorted().toList();
    } catch (UncheckedIOException e) {
      throw e.getCause(); // as everybody else says it: above all that a file was taken away meanwhile
    }
  }

  static void copy(Path from, Path to) throws IOException {
    if (Files.isDirectory(from)) {
      Files.createDirectories(to);
      try (Stream<Path> entries = Files.list(from)) {
        for (Path entry : entries.toList()) {
          copy(entry, to.resolve(entry.getFileName().toString()));
        }
      }
    } else {
      Files.copy(from, to);
    }
  }

  /// Deletes a file or folder with all that is in it, if it is there.
  static void delete(Path path) throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path one : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(one);
      }
    }
  }

  // Bytes

  static String md5(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  StoredBody body(Bucket bucket, String key, byte[] bytes) throws IOException {
    BodyWriter writer = catalog().writeBody(bucket, key, bucket.durabilityOr(Durability.FSYNC));
    try {
      writer.write(Unpooled.copiedBuffer(bytes));
      return writer.finish();
    } catch (IOException | RuntimeException e) {
      writer.discard();
      throw e;
    }
  }

  byte[] read(ObjectVersion version) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (BodyReader reader = catalog().read(version, ByteRange.whole(version.sizeBytes()))) {
      for (ByteBuf piece = reader.next(); piece != null; piece = reader.next()) {
        bytes.writeBytes(ByteBufUtil.getBytes(piece));
        piece.release();
      }
    }
    return bytes.toByteArray();
  }

  // Tables that are kept in memory; a store that does not know what they should say answers an error

  List<Bucket> buckets() throws IOException {
    return answered(() -> catalog().buckets());
  }

  Optional<Bucket> findBucket(String name) throws IOException {
    return answered(() -> catalog().findBucket(name));
  }

  List<User> users() throws IOException {
    return answered(() -> catalog().users());
  }

  Optional<User> findUser(String id) throws IOException {
    return answered(() -> catalog().findUserById(id));
  }

  private static <T> T answered(Callable<T> question) throws IOException {
    try {
      return question.call();
    } catch (IOException e) {
      throw e;
    } catch (UncheckedIOException e) {
      throw new IOException(e.getMessage(), e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // Blobs of the volume server's own interface

  FileId putBlob(byte[] bytes) throws IOException {
    FileId id = assign();
    if (!putBlobAs(id, bytes)) {
      id = assign(); // its volume was sealed meanwhile
      if (!putBlobAs(id, bytes)) {
        throw new IOException("a new file id is refused: " + id);
      }
    }
    return id;
  }

  private FileId assign() throws IOException {
    return there(assigner).assign(new Demand(VolumePurpose.BLOB, "", ReplicaPlacement.NONE, ""), 1);
  }

  /// Puts a blob under a certain id, as the volume server's door does it; false if that is refused.
  boolean putBlobAs(FileId id, byte[] bytes) {
    if (!there(assigner).mayBeWritten(id)) {
      return false;
    }
    try {
      volumes().append(new NeedleDraft(id, NeedleKind.BLOB, 0, Unpooled.EMPTY_BUFFER, Unpooled.copiedBuffer(bytes),
          Durability.FSYNC)).join();
      there(assigner).written(id);
      return true;
    } catch (CompletionException _) {
      return false;
    }
  }

  void deleteBlob(FileId id) throws IOException {
    catalog().markDead(id.volume(), List.of(id.key()));
  }

  /// Null if there is none.
  byte @Nullable [] readBlob(FileId id) throws IOException {
    return switch (volumes().read(id, 0, Integer.MAX_VALUE)) {
      case ReadResult.Found(ByteBuf data) -> {
        try {
          yield ByteBufUtil.getBytes(data);
        } finally {
          data.release();
        }
      }
      case ReadResult.Absent _ -> null;
      case ReadResult.NotCached _ -> throw new IllegalStateException("a read that waits has not waited");
    };
  }

  // What would work in the background

  void checkpoint() throws IOException {
    catalog().checkpointNow();
  }

  void collect() throws IOException {
    catalog().collectNow();
  }

  /// Compacts every volume that has something dead, and packs those in which little lives.
  ///
  /// @return what could not be compacted, and why
  Map<Integer, String> compact() {
    Map<Integer, String> failed = new TreeMap<>();
    for (VolumeStatus status : volumes().volumes()) {
      if (status.deadBytes() > 0) {
        attempt(status.spec().id(), volume -> volumes().compact(volume), failed);
      }
    }
    attempt(0, _ -> {
      volumes().pack();
      return true;
    }, failed);
    return failed;
  }

  /// Verifies every volume.
  ///
  /// @return what could not be verified, and why; damage is none of it
  Map<Integer, String> scrub() {
    Map<Integer, String> failed = new TreeMap<>();
    for (VolumeStatus status : volumes().volumes()) {
      attempt(status.spec().id(), volume -> {
        volumes().scrub(volume, new Pace(1L << 40), Scrubber.Watcher.NONE);
        return true;
      }, failed);
    }
    return failed;
  }

  /// Where rows and needles do not agree, but for chunks that the collector has yet to judge.
  ///
  /// @param andLost whether it counts that a truth is lost
  List<String> audit(boolean andLost) throws IOException {
    List<String> findings = new ArrayList<>();
    catalog().audit(Set.of(), new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) {}

      @Override
      public void found(Finding finding) {
        // which is told of needles that are dead, too
        if (finding.kind() != Finding.Kind.DAMAGED && (andLost || finding.kind() != Finding.Kind.TRUTH_LOST)) {
          findings.add(finding.toString());
        }
      }
    });
    return findings;
  }

  /// Whether the catalog's check names it as lost, of which the log tells soon after a start.
  boolean tellsLost(String name) {
    try {
      return catalog().lostTruths().stream().anyMatch(loss -> loss.toString().contains(name + " in "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Whether the catalog's check says that a truth of which nothing is known is lost in place of a needle; if the key
  /// is not known either, in its volume.
  boolean tellsUnknown(FileId needle) {
    try {
      return catalog().lostTruths().stream().map(Losses.Loss::truth).anyMatch(lost -> lost.isNameless()
          && lost.volume() == needle.volume() && (lost.needleKey() == needle.key() || lost.needleKey() == 0));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Damage> knownDamages() {
    return volumes().scrubFigures().damages();
  }

  @FunctionalInterface
  private interface Work {
    boolean on(int volume) throws IOException;
  }

  private static void attempt(int volume, Work work, Map<Integer, String> failed) {
    try {
      boolean ignored = work.on(volume);
    } catch (IOException | RuntimeException e) {
      failed.put(volume, e.toString());
    }
  }

  List<Integer> writableVolumes() {
    return volumes().volumes().stream().filter(status -> status.state() == VolumeState.WRITABLE)
        .map(status -> status.spec().id()).toList();
  }

  void seal(int volume) throws IOException {
    master().reportUnwritable(volume);
  }

  /// What cannot be read by now, by path under the root.
  Map<String, FlawedDisk.Flaw> flaws() {
    Map<String, FlawedDisk.Flaw> flaws = new TreeMap<>();
    for (FlawedDisk disk : disks) {
      disk.flaws().forEach((name, flaw) -> flaws.put(root.relativize(Path.of(disk.describe(), name)).toString(), flaw));
    }
    return flaws;
  }

  /// Files of volumes that are open now, over all directories.
  int openVolumeFiles() {
    return disks.stream().mapToInt(FlawedDisk::openFiles).sum();
  }

  /// Rows as text, in key order.
  Map<String, String> dump() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    Function<byte[], String> hex = HexFormat.of()::formatHex;
    catalog().dump((key, value) -> rows.put((char) key[0] + hex.apply(key).substring(2), hex.apply(value)));
    return rows;
  }
}
