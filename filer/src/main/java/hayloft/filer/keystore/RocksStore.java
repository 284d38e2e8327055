package hayloft.filer.keystore;

import hayloft.common.directory.DiskSpace;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.metrics.Figures;
import hayloft.common.placement.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractEventListener;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.DirectSlice;
import org.rocksdb.FlushJobInfo;
import org.rocksdb.FlushOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.ReadTier;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/// Rows in an embedded RocksDB: one column family, no write-ahead log. Thread-safe.
///
/// Without the log a crash loses what was not flushed yet. One column family flushes its memtables in the order in
/// which they were filled, and a batch never straddles two, so what survives is a prefix of the writes, as [KeyStore]
/// demands.
///
/// Write buffers are flushed whenever they are full, not only when [#flush] asks. So [BeforeFlush] is called by RocksDB
/// itself, on its thread, when it knows which rows it is going to write and has written none.
///
/// Memory is bounded by one HyperClockCache (an LRUCache of this size would split into shards smaller than an index
/// block); the write buffers are charged to it.
///
/// When a flush or a compaction finds no space, RocksDB refuses writes, keeps what it has in memory, looks every few
/// seconds whether a write buffer fits again, and goes on then. Any other fault of a write to its files it takes for
/// final.
public final class RocksStore implements KeyStore {

  private static final int MAX_SKIPPED_DELETES_IN_MEMORY = 256;
  private static final int BOUND_BYTES = 128;
  private static final int PROBED_FILES = 16;
  private static final String ADVICE = ". See to the disk and the folder's permissions; or, while no server runs,"
      + " move the folder away: it is made anew from the volumes";
  private static final long VERIFIED_AT_OPEN_BYTES = 64L << 20;
  /// Idle iterators keep flushed write buffers alive until they are used again, so there are few, and they take turns.
  private static final int MAX_IDLE = 8;

  private final Path directory;
  private final AbstractEventListener flushListener;
  private final OnDamage onDamage;
  private final AtomicBoolean damageTold = new AtomicBoolean();
  private volatile @Nullable IOException unsafe;
  private final Cache cache;
  private final WriteBufferManager writeBuffers;
  private final Options options;
  private final RocksDB db;
  private final WriteOptions withoutLog = new WriteOptions().setDisableWAL(true);
  private final WriteOptions withoutLogOrWait = new WriteOptions().setDisableWAL(true).setNoSlowdown(true);
  /// Cursors and calls are uses: RocksDB's objects must not be used after they were freed.
  private final Uses uses = new Uses();
  private final Queue<Iterator> idleOnDisk = new ConcurrentLinkedQueue<>();
  private final Queue<Iterator> idleInMemory = new ConcurrentLinkedQueue<>();
  /// The last write or flush was refused for lack of space.
  private volatile boolean outOfSpace;

  static {
    RocksDB.loadLibrary();
  }

  /// Opens the store in a directory, creating both if they are missing.
  ///
  /// @throws DamagedStoreException if what lies there cannot be opened
  public static RocksStore open(Path directory, KeyStoreConfig config, BeforeFlush beforeFlush) throws IOException {
    return open(directory, config, beforeFlush, _ -> {});
  }

  /// @param onDamage is told of damage that is met later, once
  public static RocksStore open(Path directory, KeyStoreConfig config, BeforeFlush beforeFlush, OnDamage onDamage)
      throws IOException {
    makeFolder(directory);
    var store = new RocksStore(directory, config.on(DiskSpace.of(directory).totalBytes()), beforeFlush, onDamage);
    try {
      store.verifyIfSmall();
      return store;
    } catch (IOException | RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  /// Looks whether a start that opens the store in a directory would get as far as reading it, while another one is
  /// open there. What such a start throws away and makes anew, damage and what cannot be read, is no obstacle to it.
  ///
  /// @throws IOException what keeps the store from being opened
  public static void requireReadable(Path directory) throws IOException {
    try (var some = new Options().setMaxOpenFiles(PROBED_FILES);
        RocksDB _ = RocksDB.openReadOnly(some, directory.toString())) {
      // it can be opened
    } catch (RocksDBException e) {
      boolean ioError = e.getStatus() != null && e.getStatus().getCode() == Status.Code.IOError;
      if (ioError && !StoreFiles.isMissing(e) && StoreFiles.unreadable(directory).isEmpty()) {
        throw new IOException("catalog store " + directory + ": open: " + e.getMessage() + ADVICE, e);
      }
    }
  }

  private static void makeFolder(Path directory) throws IOException {
    try {
      OwnerOnly.directories(directory);
    } catch (FileAlreadyExistsException e) {
      throw new IOException(directory
          + " is no folder, but a file, or a link to a place that is not there (a disk that is not mounted?). Nothing "
          + "was changed. Mount the"
          + " disk, or remove what lies there: the catalog is made anew then", e);
    }
  }

  /// Reads all files, as long as that takes no time that anybody notices. Damage in larger stores is met when it is
  /// read.
  private void verifyIfSmall() throws IOException {
    try {
      if (db.getLongProperty("rocksdb.total-sst-files-size") <= VERIFIED_AT_OPEN_BYTES) {
        db.verifyChecksum();
      }
    } catch (RocksDBException e) {
      throw translated("verify", e);
    }
  }

  /// Is told that rows cannot be trusted any more.
  @FunctionalInterface
  public interface OnDamage {

    /// On the thread that met it; must not use the store, and does not throw.
    void met(DamagedStoreException damage);
  }

  /// Is called before rows are made to survive a crash, on a thread of the store's, which waits. It must not use the
  /// store.
  @FunctionalInterface
  public interface BeforeFlush {

    /// @throws IOException if the rows should not survive; the store cannot help it any more, but takes no further ones
    void run() throws IOException;
  }

  private RocksStore(Path directory, KeyStoreConfig config, BeforeFlush beforeFlush, OnDamage onDamage)
      throws IOException {
    this.directory = directory;
    this.onDamage = onDamage;
    flushListener = new AbstractEventListener(AbstractEventListener.EnabledEventCallback.ON_FLUSH_BEGIN) {
      @Override
      public void onFlushBegin(RocksDB flushed, FlushJobInfo job) {
        try {
          beforeFlush.run();
        } catch (IOException e) {
          unsafe = e;
        } catch (RuntimeException | Error e) { // must not leave towards native code
          unsafe = new IOException("flush of " + directory, e);
        }
      }
    };
    cache = new HyperClockCache(config.memoryBytes(), 0, -1, false);
    writeBuffers = new WriteBufferManager(config.writeBufferBytes(), cache);
    options = options(config);
    db = openWithBestCompression();
  }

  private Options options(KeyStoreConfig config) {
    var table = new BlockBasedTableConfig().setBlockCache(cache).setBlockSize(config.blockBytes())
        .setCacheIndexAndFilterBlocks(true).setPinL0FilterAndIndexBlocksInCache(true).setFormatVersion(6);
    return new Options().setListeners(List.of(flushListener)).setCreateIfMissing(true).setTableFormatConfig(table)
        .setWriteBufferManager(writeBuffers)
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
    Status status = fault.getStatus();
    if (status != null && status.getSubCode() == Status.SubCode.NoSpace) {
      outOfSpace = true;
      return new DiskFullException("catalog store " + directory + " has no space: " + what + ": " + fault.getMessage(),
          fault);
    }
    Status.Code code = fault.getStatus() == null ? Status.Code.Undefined : fault.getStatus().getCode();
    String message = "catalog store " + directory + ": " + what + ": " + fault.getMessage();
    return switch (code) {
      case Incomplete -> new NotInMemoryException();
      case Corruption, InvalidArgument, NotSupported, NotFound -> damaged(message, fault);
      case IOError -> StoreFiles.isMissing(fault)
          ? damaged(message, fault)
          : new IOException(message + ADVICE, fault);
      default -> new IOException(message, fault);
    };
  }

  private DamagedStoreException damaged(String message, RocksDBException fault) {
    var damage = new DamagedStoreException(message, fault);
    if (damageTold.compareAndSet(false, true)) {
      onDamage.met(damage);
    }
    return damage;
  }

  private void requireSafe() throws IOException {
    IOException fault = unsafe;
    if (fault != null) {
      throw new IOException("catalog store " + directory + " takes no more rows: " + fault.getMessage(), fault);
    }
  }

  private void enter() throws IOException {
    if (!uses.begin()) {
      throw new IOException("catalog store " + directory + " is closed");
    }
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    enter();
    try {
      return db.get(key);
    } catch (RocksDBException e) {
      throw translated("get", e);
    } finally {
      uses.end();
    }
  }

  @Override
  public void write(KeyBatch batch) throws IOException {
    write(batch, withoutLog);
  }

  @Override
  public boolean writeNow(KeyBatch batch) throws IOException {
    try {
      write(batch, withoutLogOrWait);
      return true;
    } catch (NotInMemoryException _) { // so RocksDB says that it would have to slow the writer down
      return false;
    }
  }

  private void write(KeyBatch batch, WriteOptions how) throws IOException {
    requireSafe();
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
      db.write(how, rocksBatch);
      outOfSpace = false;
    } catch (RocksDBException e) {
      throw translated("write", e);
    } finally {
      uses.end();
    }
  }

  /// An empty batch is refused like any other.
  @Override
  public void requireSpace() throws IOException {
    if (outOfSpace) {
      write(new KeyBatch());
    }
  }

  @Override
  public KeyCursor cursor(byte[] from, byte[] to, Reach reach) {
    return new Cursor(from, to, reach);
  }

  /// Not even tried while RocksDB knows of no space: a flush that fails again puts its own recovery off, for ever if it
  /// comes every second.
  @Override
  public void flush() throws IOException {
    requireSpace();
    enter();
    try (var waiting = new FlushOptions().setWaitForFlush(true)) {
      db.flush(waiting);
      closeIdle();
      requireSafe();
    } catch (RocksDBException e) {
      throw translated("flush", e);
    } finally {
      uses.end();
    }
  }

  @Override
  public StoreSizes sizes() {
    if (!uses.begin()) {
      return new StoreSizes(0, 0, 0);
    }
    try {
      return new StoreSizes(cache.getUsage(), db.getLongProperty("rocksdb.total-sst-files-size"),
          db.getLongProperty("rocksdb.estimate-num-keys"));
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not know its own size properties", e);
    } finally {
      uses.end();
    }
  }

  @Override
  public void tell(Figures into) {
    if (!uses.begin()) {
      return;
    }
    try {
      RocksFigures.tell(db, into);
    } finally {
      uses.end();
    }
  }

  /// Waits for cursors that are open.
  @Override
  public void close() {
    uses.close(() -> {
      closeIdle();
      db.close();
      withoutLog.close();
      withoutLogOrWait.close();
      freeConfiguration();
    });
  }

  private void freeConfiguration() {
    options.close();
    flushListener.close();
    writeBuffers.close();
    cache.close();
  }

  private Queue<Iterator> idle(Reach reach) {
    return switch (reach) {
      case DISK -> idleOnDisk;
      case MEMORY -> idleInMemory;
    };
  }

  private void closeIdle() {
    for (Queue<Iterator> idle : List.of(idleOnDisk, idleInMemory)) {
      for (Iterator iterator = idle.poll(); iterator != null; iterator = idle.poll()) {
        iterator.close();
      }
    }
  }

  /// A native iterator that is used by one cursor after the other, because making one costs ten times as much as a
  /// seek. Confined to its cursor.
  ///
  /// Its upper bound is a slice of fixed size over memory that changes from cursor to cursor; RocksDB reads it anew at
  /// each seek. It keeps RocksDB from stepping over many deleted rows behind the range; it may lie above the exact
  /// bound.
  private final class Iterator {
    private final ByteBuffer bound = ByteBuffer.allocateDirect(BOUND_BYTES);
    private final DirectSlice boundSlice = new DirectSlice(bound, BOUND_BYTES);
    private final ReadOptions readOptions = new ReadOptions().setIterateUpperBound(boundSlice);
    private final RocksIterator rows;

    Iterator(Reach reach) {
      if (reach == Reach.MEMORY) {
        readOptions.setReadTier(ReadTier.BLOCK_CACHE_TIER).setMaxSkippableInternalKeys(MAX_SKIPPED_DELETES_IN_MEMORY);
      }
      rows = db.newIterator(readOptions);
    }

    void limit(byte[] to) {
      byte[] limit = to;
      if (to.length > BOUND_BYTES) {
        limit = Arrays.copyOf(to, BOUND_BYTES);
        for (int i = BOUND_BYTES - 1; ++limit[i] == 0; i--) {
          // carries: what is cut off must not lie above the bound
        }
      }
      bound.clear().put(limit);
      while (bound.hasRemaining()) {
        bound.put((byte) 0);
      }
    }

    void close() {
      rows.close();
      readOptions.close();
      boundSlice.close();
    }
  }

  private final class Cursor implements KeyCursor {

    private final byte[] from;
    private final byte[] to;
    private final Reach reach;
    private @Nullable Iterator iterator;
    private byte @Nullable [] key; // the current row's, null behind the last

    Cursor(byte[] from, byte[] to, Reach reach) {
      this.from = from;
      this.to = to;
      this.reach = reach;
    }

    /// Taken by the first move, so that an unused cursor costs nothing.
    private RocksIterator opened() throws IOException {
      Iterator present = iterator;
      if (present != null) {
        return present.rows;
      }
      enter();
      boolean taken = false;
      try {
        Iterator reused = idle(reach).poll();
        Iterator next = reused == null ? new Iterator(reach) : reused;
        next.limit(to);
        if (reused != null) {
          next.rows.refresh();
        }
        iterator = next;
        taken = true;
        return next.rows;
      } catch (RocksDBException e) {
        throw translated("iterate", e);
      } finally {
        if (!taken) {
          uses.end();
        }
      }
    }

    @Override
    public boolean seek(byte[] row) throws IOException {
      RocksIterator rows = opened();
      rows.seek(Arrays.compareUnsigned(row, from) < 0 ? from : row);
      return settled(rows);
    }

    @Override
    public boolean next() throws IOException {
      RocksIterator rows = opened();
      rows.next();
      return settled(rows);
    }

    private boolean settled(RocksIterator rows) throws IOException {
      if (rows.isValid()) {
        byte[] found = rows.key();
        boolean inRange = Arrays.compareUnsigned(found, to) < 0;
        key = inRange ? found : null;
        return inRange;
      }
      key = null;
      try {
        rows.status();
      } catch (RocksDBException e) {
        throw translated("iterate", e);
      }
      return false;
    }

    @Override
    public byte[] key() {
      byte[] current = key;
      if (current == null) {
        throw new IllegalStateException("cursor is not at a row");
      }
      return current;
    }

    @Override
    public byte[] value() {
      Iterator present = iterator;
      if (present == null || key == null) {
        throw new IllegalStateException("cursor is not at a row");
      }
      return present.rows.value();
    }

    @Override
    public void close() {
      Iterator used = iterator;
      if (used == null) {
        return;
      }
      iterator = null;
      key = null;
      Queue<Iterator> idle = idle(reach);
      if (idle.size() < MAX_IDLE) {
        idle.add(used);
      } else {
        used.close();
      }
      uses.end();
    }
  }
}
