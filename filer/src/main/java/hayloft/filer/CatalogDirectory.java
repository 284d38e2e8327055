package hayloft.filer;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.NamedFault;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.directory.SummedJson;
import hayloft.common.log.EventLog;
import hayloft.common.placement.DiskFullException;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.keystore.DamagedStoreException;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import hayloft.filer.keystore.StoreFiles;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The directory of the catalog's key store: opens it, or throws it away if it is of no use. Opening and discarding are
/// confined to one thread; damage may be met on any.
///
/// **No row survives a power cut that its needle does not survive.** Needles that were acknowledged as `os` may lie in
/// the page cache only when the store writes their rows to a file, so the volumes are synced just before. If one of
/// them cannot be, because it failed, a file in the directory says durably that the rows are not to be trusted after a
/// restart; the store serves on until then. So it does when damage is met while it serves.
///
/// **Beside the directory** lies `catalog.json`, a [SummedJson] with `formatVersion` and `flushed`, the sequence up to
/// which the store was flushed last. A store that knows less is an older copy. Without the file, or if it is damaged,
/// that is not noticed.
///
/// **Throwing away is atomic:** no crash on the way leaves half a store that looks like one, and none leaves one that
/// cannot be opened.
final class CatalogDirectory implements StoreOpener {

  private static final String DISTRUSTED = "DISTRUSTED";
  /// RocksDB's: without it there is no store.
  private static final String CURRENT = "CURRENT";
  private static final EventLog LOG = EventLog.of(CatalogDirectory.class);

  private static final int RECORD_VERSION = 1;

  private final Path directory;
  private final Path record;
  private final String storeId;
  private final KeyStoreConfig config;
  private final VolumeClient volumes;
  /// Guarded by this, like what follows.
  private boolean serves;
  private @Nullable DamagedStoreException metAtStart;

  CatalogDirectory(Path directory, String storeId, KeyStoreConfig config, VolumeClient volumes) {
    this.volumes = volumes;
    this.directory = directory;
    this.record = directory.resolveSibling(directory.getFileName() + ".json");
    this.storeId = storeId;
    this.config = config;
  }

  /// The store in the directory if it is whole and ours, else an empty one.
  @Override
  public KeyStore open() throws IOException {
    if (Files.exists(directory.resolve(DISTRUSTED))) {
      LOG.warning("catalog.distrusted").with("directory", directory).with("action", "rebuild").say();
      discard();
    }
    try {
      RocksStore store = openStore();
      if (isUsable(store)) {
        return store;
      }
      store.close();
      LOG.warning("catalog.foreign").with("directory", directory).with("action", "rebuild").say();
    } catch (DamagedStoreException e) {
      LOG.warning("catalog.damagedAtStart").with("directory", directory).with("action", "rebuild").with("reason", e)
          .say();
    } catch (DiskFullException e) {
      throw e;
    } catch (IOException e) {
      requireUnreadable(e);
    }
    discard();
    return openStore();
  }

  /// A disk that cannot read a sector of the catalog can write it anew; whatever else keeps the store from being opened
  /// is not mended by throwing it away.
  private void requireUnreadable(IOException fault) throws IOException {
    Optional<Path> unreadable = StoreFiles.unreadable(directory);
    if (unreadable.isEmpty()) {
      throw fault;
    }
    LOG.error("catalog.unreadable").with("file", unreadable.get()).with("action", "rebuild").with("reason", fault)
        .say();
  }

  private RocksStore openStore() throws IOException {
    return RocksStore.open(directory, config, this::syncVolumes, this::damageMet);
  }

  private void syncVolumes() throws IOException {
    try {
      volumes.sync();
    } catch (IOException e) {
      LOG.warning("catalog.volumesNotSynced").with("action", "rebuild_at_next_start").with("reason", e).say();
      distrust();
    }
  }

  private synchronized void damageMet(DamagedStoreException damage) {
    if (serves) {
      tell(damage);
    } else {
      metAtStart = damage;
    }
    try {
      distrust();
    } catch (IOException | RuntimeException e) {
      LOG.error("catalog.notDistrusted").with("action", "remove " + directory + " before the next start").say(e);
    }
  }

  /// What the start has met in passing it has not dealt with.
  @Override
  public synchronized void serves() {
    serves = true;
    if (metAtStart != null) {
      tell(metAtStart);
    }
  }

  private void tell(DamagedStoreException damage) {
    LOG.error("catalog.damaged").with("directory", directory).with("action", "rebuild_at_next_start")
        .with("advice", "restart soon: until then what the damage hit answers errors").with("reason", damage).say();
  }

  /// Durable on return.
  @Override
  public void distrust() throws IOException {
    try (FileChannel file = OwnerOnly.open(directory.resolve(DISTRUSTED), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE)) {
      file.force(true);
    } catch (IOException e) {
      throw NamedFault.of(directory.resolve(DISTRUSTED), e);
    }
    DurableFile.syncDirectory(directory);
  }

  @Override
  public void flushed(long sequence) throws IOException {
    var json = JsonNodeFactory.instance.objectNode().put("formatVersion", RECORD_VERSION)
        .put("flushed", Long.toUnsignedString(sequence, 16));
    DurableFile.replace(record, SummedJson.write(json));
  }

  @Override
  public long flushedSequence() {
    try {
      Optional<byte[]> bytes = DurableFile.readIfThere(record);
      return bytes.isEmpty()
          ? 0
          : Long.parseUnsignedLong(SummedJson.read(bytes.get(), record.toString()).path("flushed").asText(), 16);
    } catch (IOException | NumberFormatException e) {
      LOG.warning("catalog.flushRecordDamaged").with("file", record).with("action", "write_it_anew").with("reason", e)
          .say();
      return 0;
    }
  }

  /// An empty store is usable, and one whose first replay did not end: both are replayed from the start. Closes it if
  /// it cannot be read.
  private boolean isUsable(KeyStore store) throws IOException {
    try {
      byte[] format = store.get(RowKeys.mark(Marks.FORMAT));
      byte[] owner = store.get(RowKeys.mark(Marks.STORE));
      return (format == null || ByteBuffer.wrap(format).getLong() == Marks.FORMAT_VERSION)
          && (owner == null || Arrays.equals(owner, storeId.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /// The file that makes a directory a store goes first, the word that it is not to be trusted last.
  @Override
  public void discard() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    deleteTree(directory.resolve(CURRENT));
    DurableFile.syncDirectory(directory);
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(file -> !file.endsWith(DISTRUSTED)).toList();
    }
    for (Path file : files) {
      deleteTree(file);
    }
    DurableFile.syncDirectory(directory);
    Files.deleteIfExists(directory.resolve(DISTRUSTED));
    forget();
  }

  private synchronized void forget() {
    metAtStart = null;
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(root, new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        Files.delete(file);
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException fault) throws IOException {
        if (fault != null) {
          throw fault;
        }
        Files.delete(visited);
        return FileVisitResult.CONTINUE;
      }
    });
  }
}
