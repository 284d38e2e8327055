package hayloft.filer;

import hayloft.common.Durability;
import hayloft.filer.body.BodyConfig;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.uploads.UploadConfig;
import java.time.Duration;

/// How a catalog is run.
///
/// @param storeId of the store that the volumes belong to; a catalog directory of another store is thrown away
/// @param durability of mutations that come without one: buckets, users, deletes, tags, completions
/// @param checkpointInterval how often positions are put while there are writes
/// @param flushInterval how old unflushed rows may get
/// @param replayThreads volumes that are scanned at once at start
public record CatalogConfig(String storeId, Durability durability, Duration checkpointInterval, Duration flushInterval,
    int replayThreads, KeyStoreConfig keyStore, LeaseConfig leases, BodyConfig bodies, UploadConfig uploads,
    CollectorConfig collector) {

  public CatalogConfig {
    if (checkpointInterval.isNegative() || checkpointInterval.isZero()) {
      throw new IllegalArgumentException("catalog.checkpointInterval must be positive, got " + checkpointInterval);
    }
    if (flushInterval.isNegative() || flushInterval.isZero()) {
      throw new IllegalArgumentException("catalog.flushInterval must be positive, got " + flushInterval);
    }
    if (replayThreads < 1) {
      throw new IllegalArgumentException("catalog.replayThreads must be positive, got " + replayThreads);
    }
  }

  public CatalogConfig withCollector(CollectorConfig next) {
    return new CatalogConfig(storeId, durability, checkpointInterval, flushInterval, replayThreads, keyStore, leases,
        bodies, uploads, next);
  }

  /// With bounds for the catalog's own memory and for what uploads gather.
  public CatalogConfig withMemory(KeyStoreConfig nextKeyStore, BodyConfig nextBodies) {
    return new CatalogConfig(storeId, durability, checkpointInterval, flushInterval, replayThreads, nextKeyStore,
        leases, nextBodies, uploads, collector);
  }

  public CatalogConfig withLeases(LeaseConfig next) {
    return new CatalogConfig(storeId, durability, checkpointInterval, flushInterval, replayThreads, keyStore, next,
        bodies, uploads, collector);
  }

  /// What is right for most stores.
  public static CatalogConfig defaults(String storeId, Durability durability) {
    return new CatalogConfig(storeId, durability, Duration.ofSeconds(1), Duration.ofMinutes(5),
        Math.max(2, Runtime.getRuntime().availableProcessors()), KeyStoreConfig.DEFAULTS, LeaseConfig.DEFAULTS,
        BodyConfig.DEFAULTS, UploadConfig.DEFAULTS, CollectorConfig.DEFAULTS);
  }
}
