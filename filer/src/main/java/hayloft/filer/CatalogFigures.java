package hayloft.filer;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.filer.commit.Checkpointer;
import hayloft.filer.commit.Committer;
import hayloft.filer.gc.Collector;
import hayloft.filer.keystore.KeyStore;
import java.time.Duration;

/// What a catalog tells: commits, what a crash would have to replay, garbage, its key store. Thread-safe.
record CatalogFigures(VolumeCatalog catalog, KeyStore store, Committer committer, Checkpointer checkpointer,
    Collector collector) implements FigureSource {

  private static final Figure COMMIT_SECONDS = Figure.histogram("hayloft_catalog_commit_seconds",
      "How long a needle of the catalog took from its sequence to rows that everybody sees; waiting for group commit "
          + "and its fdatasync is in it.");
  private static final Figure CHECKPOINT_LAG = Figure.gauge("hayloft_catalog_checkpoint_lag_seconds",
      "How long ago a checkpoint last covered everything; about 1 is usual.");
  private static final Figure UNFLUSHED = Figure.gauge("hayloft_catalog_unflushed_seconds",
      "How old the oldest row may be that is in no file yet; a crash would replay what came since.");
  private static final Figure GC_LAG = Figure.gauge("hayloft_gc_lag_seconds",
      "How long the oldest garbage has waited to be marked dead, whatever keeps it; something over `--collect-after` "
          + "is usual.");
  private static final Figure PUT_ASIDE = Figure.gauge("hayloft_gc_put_aside",
      "Notes of garbage that cannot be settled now and come again later, by reason.", "reason");
  private static final Figure MARKED = Figure.counter("hayloft_gc_marked_needles",
      "Needles that the collector marked dead.");
  private static final Figure STOPPED = Figure.gauge("hayloft_catalog_stopped",
      "Whether the catalog has stopped after a fault and takes no changes until the server has started again, which it "
          + "does by itself once the disk takes writes: 1 or 0.");
  private static final Figure LOST_TRUTHS = Figure.gauge("hayloft_catalog_lost_truths",
      "Needles that cannot be read and may have been the newest that was known of something; what they hit answers "
          + "errors until it is overwritten or given up.");
  private static final Figure BUCKETS = Figure.gauge("hayloft_catalog_buckets", "Buckets.");
  private static final Figure USERS = Figure.gauge("hayloft_catalog_users", "Users.");

  @Override
  public void tell(Figures into) {
    into.distribution(COMMIT_SECONDS, committer.durations());
    into.number(CHECKPOINT_LAG, seconds(checkpointer.lag()));
    into.number(UNFLUSHED, seconds(checkpointer.unflushedFor()));
    into.number(GC_LAG, seconds(collector.lag()));
    collector.putAside().forEach((reason, count) -> into.number(PUT_ASIDE, count, reason));
    into.number(MARKED, collector.marked());
    into.number(STOPPED, catalog.isStopped() ? 1 : 0);
    into.number(LOST_TRUTHS, catalog.lostTruthCount());
    into.number(BUCKETS, catalog.buckets().size());
    into.number(USERS, catalog.users().size());
    store.tell(into);
  }

  private static double seconds(Duration duration) {
    return Math.max(0, duration.toMillis()) / 1e3;
  }
}
