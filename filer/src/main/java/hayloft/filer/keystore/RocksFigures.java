package hayloft.filer.keystore;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import java.util.List;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/// What a RocksDB tells of itself. Stateless. Its properties cost nothing while nobody asks; its statistics, which
/// would count hits of the cache, cost each read and are left off.
final class RocksFigures {

  /// A figure that is a property.
  private record Property(Figure figure, String name) {}

  private static final List<Property> PROPERTIES = List.of(
      gauge("hayloft_rocksdb_memtable_bytes", "rocksdb.cur-size-all-mem-tables",
          "Write buffers of the catalog: rows that no file has yet."),
      gauge("hayloft_rocksdb_memtables_immutable", "rocksdb.num-immutable-mem-table",
          "Write buffers that are full and wait to be flushed."),
      gauge("hayloft_rocksdb_block_cache_bytes", "rocksdb.block-cache-usage",
          "Block cache of the catalog, the write buffers charged to it included."),
      gauge("hayloft_rocksdb_block_cache_pinned_bytes", "rocksdb.block-cache-pinned-usage",
          "What of it is in use just now and cannot be given back."),
      gauge("hayloft_rocksdb_table_readers_bytes", "rocksdb.estimate-table-readers-mem",
          "Memory for files that are open, besides the block cache."),
      gauge("hayloft_rocksdb_pending_compaction_bytes", "rocksdb.estimate-pending-compaction-bytes",
          "What compactions would have to rewrite to bring the levels into shape; writes are slowed when it gets far "
              + "too much."),
      gauge("hayloft_rocksdb_running_flushes", "rocksdb.num-running-flushes", "Flushes that run."),
      gauge("hayloft_rocksdb_running_compactions", "rocksdb.num-running-compactions", "Compactions that run."),
      gauge("hayloft_rocksdb_write_stopped", "rocksdb.is-write-stopped",
          "Whether writes are stalled until flushes or compactions have caught up: 1 or 0."),
      gauge("hayloft_rocksdb_delayed_write_bytes_per_second", "rocksdb.actual-delayed-write-rate",
          "To which rate writes are slowed; 0 if they are not."),
      gauge("hayloft_rocksdb_sst_bytes", "rocksdb.total-sst-files-size", "Files of the catalog."),
      gauge("hayloft_catalog_rows", "rocksdb.estimate-num-keys", "Rows of the catalog, an estimate."));
  private static final Property BACKGROUND_ERRORS = new Property(Figure.counter("hayloft_rocksdb_background_errors",
      "Flushes and compactions that failed."), "rocksdb.background-errors");
  private static final Figure FILES = Figure.gauge("hayloft_rocksdb_files", "Files of the catalog by level.", "level");
  private static final int LEVELS = 7;

  private RocksFigures() {}

  private static Property gauge(String name, String property, String meaning) {
    return new Property(Figure.gauge(name, meaning), property);
  }

  static void tell(RocksDB db, Figures into) {
    try {
      for (Property property : PROPERTIES) {
        into.number(property.figure, db.getLongProperty(property.name));
      }
      into.number(BACKGROUND_ERRORS.figure, db.getLongProperty(BACKGROUND_ERRORS.name));
      for (int level = 0; level < LEVELS; level++) {
        into.number(FILES, Long.parseLong(db.getProperty("rocksdb.num-files-at-level" + level)),
            Integer.toString(level));
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB does not know its own properties", e);
    }
  }
}
