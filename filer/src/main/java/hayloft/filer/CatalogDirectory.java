package hayloft.filer;

import hayloft.filer.keystore.DamagedStoreException;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The directory of the catalog's key store: opens it, or throws it away if it is of no use. Confined to one thread.
final class CatalogDirectory implements VolumeCatalog.StoreOpener {

  private static final System.Logger LOG = System.getLogger(CatalogDirectory.class.getName());

  private final Path directory;
  private final String storeId;
  private final KeyStoreConfig config;

  CatalogDirectory(Path directory, String storeId, KeyStoreConfig config) {
    this.directory = directory;
    this.storeId = storeId;
    this.config = config;
  }

  /// The store in the directory if it is whole and ours, else an empty one.
  @Override
  public KeyStore open() throws IOException {
    try {
      RocksStore store = RocksStore.open(directory, config);
      if (isUsable(store)) {
        return store;
      }
      store.close();
      LOG.log(System.Logger.Level.WARNING, "event=foreign_catalog directory={0} action=rebuild", directory);
    } catch (DamagedStoreException e) {
      LOG.log(System.Logger.Level.WARNING, "event=damaged_catalog action=rebuild directory=" + directory, e);
    }
    discard();
    return RocksStore.open(directory, config);
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
