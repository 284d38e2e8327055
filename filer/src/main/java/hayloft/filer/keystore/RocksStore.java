package hayloft.filer.keystore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/// Rows in an embedded RocksDB: one column family, no write-ahead log. Thread-safe.
///
/// Without the log a crash loses what was not flushed yet. One column family flushes its memtables in the order in which
/// they were filled, and a batch never straddles two, so what survives is a prefix of the writes, as [KeyStore] demands.
///
/// Memory is bounded by one HyperClockCache (an LRUCache of this size would split into shards smaller than an index
/// block); the write buffers are charged to it.
public final class RocksStore implements KeyStore {

  private static final int MAX_SKIPPED_DELETES_IN_MEMORY = 256;

  private final Path directory;
  private final Cache cache;
  private final WriteBufferManager writeBuffers;
  private final Options options;
  private final RocksDB db;
  private final WriteOptions withoutLog = new WriteOptions().setDisableWAL(true);
  /// Cursors and writes hold it shared, [#close] alone: RocksDB's objects must not be used after they were freed.
  private final ReentrantReadWriteLock life = new ReentrantReadWriteLock();
  private boolean closed;

  static {
    RocksDB.loadLibrary();
  }

  /// Opens the store in a directory, creating both if they are missing.
  ///
  /// @throws DamagedStoreException if what lies there cannot be opened
  public static RocksStore open(Path directory, KeyStoreConfig config) throws IOException {
    Files.createDirectories(directory);
    return new RocksStore(directory, config);
  }

  private RocksStore(Path directory, KeyStoreConfig config) throws IOException {
    this.directory = directory;
    cache = new HyperClockCache(config.memoryBytes(), 0, -1, false);
    writeBuffers = new WriteBufferManager(config.writeBufferBytes(), cache);
    options = options(config);
    db = openWithBestCompression();
  }

  private Options options(KeyStoreConfig config) {
    var table = new BlockBasedTableConfig().setBlockCache(cache).setBlockSize(config.blockBytes())
        .setCacheIndexAndFilterBlocks(true).setPinL0FilterAndIndexBlocksInCache(true).setFormatVersion(6);
    return new Options().setCreateIfMissing(true).setTableFormatConfig(table).setWriteBufferManager(writeBuffers)
        .setWriteBufferSize(config.writeBufferBytes() / 2).setMaxBackgroundJobs(2)
        .setMaxOpenFiles(config.maxOpenFiles())
        .setLevelCompactionDynamicLevelBytes(true).setAvoidFlushDuringShutdown(true)
        .setAvoidUnnecessaryBlockingIO(true).setInfoLogLevel(InfoLogLevel.WARN_LEVEL).setKeepLogFileNum(2)
        .setMaxLogFileSize(1 << 20).setManifestPreallocationSize(64 << 10).setStatsDumpPeriodSec(0)
        .setStatsPersistPeriodSec(0);
  }

  /// A native library may come without LZ4; RocksDB says so when it opens.
  private RocksDB openWithBestCompression() throws IOException {
    try {
      options.setCompressionType(CompressionType.LZ4_COMPRESSION);
      return RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      Status status = e.getStatus();
      if (status != null && status.getCode() == Status.Code.InvalidArgument) {
        return openUncompressed();
      }
      freeConfiguration();
      throw translated("open", e);
    }
  }

  private RocksDB openUncompressed() throws IOException {
    try {
      options.setCompressionType(CompressionType.NO_COMPRESSION);
      return RocksDB.open(options, directory.toString());
    } catch (RocksDBException e) {
      freeConfiguration();
      throw translated("open", e);
    }
  }

  private IOException translated(String what, RocksDBException fault) {
    Status.Code code = fault.getStatus() == null ? Status.Code.Undefined : fault.getStatus().getCode();
    String message = "catalog store " + directory + ": " + what + ": " + fault.getMessage();
    return switch (code) {
      case Incomplete -> new NotInMemoryException();
      case Corruption, InvalidArgument, NotSupported -> new DamagedStoreException(message, fault);
      default -> new IOException(message, fault);
    };
  }

  private void enter() throws IOException {
    life.readLock().lock();
    if (closed) {
      life.readLock().unlock();
      throw new IOException("catalog store " + directory + " is closed");
    }
  }

  private void leave() {
    life.readLock().unlock();
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    enter();
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw translated("get", e);
    } finally {
      leave();
    }
  }

  @Override
  public void write(KeyBatch batch) throws IOException {
    enter();
    try (var rocksBatch = new WriteBatch(batch.sizeBytes() + 64)) {
      for (int i = 0; i < batch.count(); i++) {
        byte[] value = batch.value(i);
        if (value == null) {
          rocksBatch.delete(batch.key(i));
        } else {
          rocksBatch.put(batch.key(i), value);
        }
      }
      db.write(withoutLog, rocksBatch);
    } catch (RocksDBException e) {
      throw translated("write", e);
    } finally {
      leave();
    }
  }

  @Override
  public KeyCursor cursor(byte[] from, byte[] to, Reach reach) {
    return new Cursor(from, to, reach);
  }

  @Override
  public void flush() throws IOException {
    enter();
    try (var waiting = new FlushOptions().setWaitForFlush(true)) {
      db.flush(waiting);
    } catch (RocksDBException e) {
      throw translated("flush", e);
    } finally {
      leave();
    }
  }

  @Override
  public StoreSizes sizes() {
    life.readLock().lock();
    try {
      if (closed) {
        return new StoreSizes(0, 0, 0);
      }
      return new StoreSizes(cache.getUsage(), db.getLongProperty("rocksdb.total-sst-files-size"),
          db.getLongProperty("rocksdb.estimate-num-keys"));
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not know its own size properties", e);
    } finally {
      life.readLock().unlock();
    }
  }

  @Override
  public void close() {
    life.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        db.close();
        withoutLog.close();
        freeConfiguration();
      }
    } finally {
      life.writeLock().unlock();
    }
  }

  private void freeConfiguration() {
    options.close();
    writeBuffers.close();
    cache.close();
  }

  /// The native iterator is made by the first move, so that an unused cursor costs nothing.
  private final class Cursor implements KeyCursor {

    private final byte[] from;
    private final byte[] to;
    private final Reach reach;
    private @Nullable Slice bound;
    private @Nullable ReadOptions readOptions;
    private @Nullable RocksIterator rows;
    private boolean entered;

    Cursor(byte[] from, byte[] to, Reach reach) {
      this.from = from;
      this.to = to;
      this.reach = reach;
    }

    private RocksIterator open() throws IOException {
      RocksIterator present = rows;
      if (present != null) {
        return present;
      }
      enter();
      entered = true;
      var newBound = new Slice(to);
      bound = newBound;
      var newOptions = new ReadOptions(true, true).setIterateUpperBound(newBound);
      readOptions = newOptions;
      if (reach == Reach.MEMORY) {
        newOptions.setReadTier(ReadTier.BLOCK_CACHE_TIER);
        newOptions.setMaxSkippableInternalKeys(MAX_SKIPPED_DELETES_IN_MEMORY);
      }
      RocksIterator created = db.newIterator(newOptions);
      rows = created;
      return created;
    }

    @Override
    public boolean seek(byte[] key) throws IOException {
      RocksIterator iterator = open();
      iterator.seek(java.util.Arrays.compareUnsigned(key, from) < 0 ? from : key);
      return settled(iterator);
    }

    @Override
    public boolean next() throws IOException {
      RocksIterator iterator = open();
      iterator.next();
      return settled(iterator);
    }

    private boolean settled(RocksIterator iterator) throws IOException {
      if (iterator.isValid()) {
        return true;
      }
      try {
        iterator.status();
      } catch (RocksDBException e) {
        throw translated("iterate", e);
      }
      return false;
    }

    @Override
    public byte[] key() {
      return positioned().key();
    }

    @Override
    public byte[] value() {
      return positioned().value();
    }

    private RocksIterator positioned() {
      RocksIterator iterator = rows;
      if (iterator == null) {
        throw new IllegalStateException("cursor is not at a row");
      }
      return iterator;
    }

    @Override
    public void close() {
      if (rows != null) {
        rows.close();
        rows = null;
      }
      if (readOptions != null) {
        readOptions.close();
        readOptions = null;
      }
      if (bound != null) {
        bound.close();
        bound = null;
      }
      if (entered) {
        entered = false;
        leave();
      }
    }
  }
}
