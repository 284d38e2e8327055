package hayloft.filer;

import hayloft.common.volume.VolumeClient;
import hayloft.filer.keystore.DamagedStoreException;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The directory of the catalog's key store: opens it, or throws it away if it is of no use. Confined to one thread.
///
/// **No row survives a power cut that its needle does not survive.** Needles that were acknowledged as `os` may lie in the page cache
/// only when the store writes their rows to a file, so the volumes are synced just before. If one of them cannot be, because it
/// failed, a file in the directory says durably that the rows are not to be trusted after a restart; the store serves on until then.
final class CatalogDirectory implements VolumeCatalog.StoreOpener {

  private static final String DISTRUSTED = "DISTRUSTED";
  private static final System.Logger LOG = System.getLogger(CatalogDirectory.class.getName());

  private final Path directory;
  private final String storeId;
  private final KeyStoreConfig config;
  private final VolumeClient volumes;

  CatalogDirectory(Path directory, String storeId, KeyStoreConfig config, VolumeClient volumes) {
    this.volumes = volumes;
    this.directory = directory;
    this.storeId = storeId;
    this.config = config;
  }

  /// The store in the directory if it is whole and ours, else an empty one.
  @Override
  public KeyStore open() throws IOException {
    if (Files.exists(directory.resolve(DISTRUSTED))) {
      LOG.log(System.Logger.Level.WARNING, "event=distrusted_catalog directory={0} action=rebuild", directory);
      discard();
    }
    try {
      RocksStore store = openStore();
      if (isUsable(store)) {
        return store;
      }
      store.close();
      LOG.log(System.Logger.Level.WARNING, "event=foreign_catalog directory={0} action=rebuild", directory);
    } catch (DamagedStoreException e) {
      LOG.log(System.Logger.Level.WARNING, "event=damaged_catalog action=rebuild directory=" + directory, e);
    }
    discard();
    return openStore();
  }

  private RocksStore openStore() throws IOException {
    return RocksStore.open(directory, config, this::syncVolumes);
  }

  private void syncVolumes() throws IOException {
    try {
      volumes.sync();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "event=volumes_not_synced action=rebuild_at_next_start", e);
      distrust();
    }
  }

  /// Durable on return.
  @Override
  public void distrust() throws IOException {
    try (FileChannel file = FileChannel.open(directory.resolve(DISTRUSTED), StandardOpenOption.CREATE,
        StandardOpenOption.WRITE)) {
      file.force(true);
    }
    try (FileChannel entries = FileChannel.open(directory)) {
      entries.force(true);
    }
  }

  /// An empty store is usable, and one whose first replay did not end: both are replayed from the start.
  private boolean isUsable(KeyStore store) throws IOException {
    byte[] format = store.get(RowKeys.mark(Marks.FORMAT));
    byte[] owner = store.get(RowKeys.mark(Marks.STORE));
    return (format == null || ByteBuffer.wrap(format).getLong() == Marks.FORMAT_VERSION)
        && (owner == null || Arrays.equals(owner, storeId.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void discard() throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(directory, new SimpleFileVisitor<>() {
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
