package hayloft.cli.server;

import hayloft.common.log.EventLog;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCount;
import hayloft.filer.VolumeCatalog;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What is in each of the largest buckets, as figures. Thread-safe.
///
/// Buckets are counted by walks over them, one bucket after the other: each once it is there, and again when its last
/// count is [#COUNT_AGAIN] old. A walk rests nine times as long as it works, so that counting never takes more than a
/// tenth of a core; of a bucket of a million objects that is some twenty seconds. Who asks for the figures is told what
/// was counted last.
final class BucketFigures implements FigureSource, AutoCloseable {

  private static final EventLog LOG = EventLog.of(BucketFigures.class);
  static final Duration COUNT_AGAIN = Duration.ofMinutes(5);
  private static final long LOOK_MILLIS = 1000;
  private static final long LONGEST_REST_MILLIS = 60_000;
  private static final int REST_AFTER_ENTRIES = 1000;
  private static final int REST_TIMES = 9;

  private static final Figure OBJECTS = Figure.gauge("hayloft_bucket_objects",
      "Objects in a bucket, as a plain listing shows them, when it was counted last.", "bucket");
  private static final Figure VERSIONS = Figure.gauge("hayloft_bucket_versions",
      "Versions of objects in a bucket, the newest ones included, without delete markers.", "bucket");
  private static final Figure BYTES = Figure.gauge("hayloft_bucket_bytes",
      "Bytes in a bucket: of all `versions`, and of the parts of `uploads` under way.", "bucket", "kind");
  private static final Figure UPLOADS = Figure.gauge("hayloft_bucket_uploads",
      "Multipart uploads under way in a bucket.", "bucket");
  private static final Figure AGE = Figure.gauge("hayloft_bucket_count_age_seconds",
      "How long ago the count of a bucket began that its figures are of.", "bucket");
  private static final Figure LEFT_OUT = Figure.gauge("hayloft_bucket_figures_left_out",
      "Buckets without figures: not counted yet, or smaller than the `--bucket-figures` largest.");

  private final VolumeCatalog catalog;
  private final InstantSource clock;
  private final int most;
  private final CountDownLatch closing = new CountDownLatch(1);

  private BucketFigures(VolumeCatalog catalog, InstantSource clock, int most) {
    this.catalog = catalog;
    this.clock = clock;
    this.most = most;
  }

  /// @param most buckets of which figures are told, 1 or more
  static BucketFigures start(VolumeCatalog catalog, InstantSource clock, int most) {
    var figures = new BucketFigures(catalog, clock, most);
    Thread.ofVirtual().name("bucket-figures").start(figures::run);
    return figures;
  }

  private void run() {
    long lookAgainMillis = LOOK_MILLIS;
    while (!rest(lookAgainMillis)) {
      try {
        for (Bucket bucket : due()) {
          catalog.count(bucket, new Pace()::counted);
        }
        lookAgainMillis = LOOK_MILLIS;
      } catch (InterruptedIOException _) { // closed
        return;
      } catch (Throwable e) { // an Error too: the figures would stand still for ever, and nobody would know why
        lookAgainMillis = Math.min(2 * lookAgainMillis, LONGEST_REST_MILLIS);
        LOG.warning("buckets.notCounted").with("action", "try_again").say(e);
      }
    }
  }

  private List<Bucket> due() {
    Instant before = clock.instant().minus(COUNT_AGAIN);
    return catalog.buckets().stream()
        .filter(bucket -> catalog.lastCount(bucket).map(count -> count.at().isBefore(before)).orElse(true)).toList();
  }

  /// @return whether it is closed
  private boolean rest(long millis) {
    try {
      return closing.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /// Of one walk. Confined to its thread.
  private final class Pace {
    private long workedFromNanos = System.nanoTime();
    private int entries;

    void counted(long sofar) throws InterruptedIOException {
      entries++;
      if (entries < REST_AFTER_ENTRIES) {
        return;
      }
      entries = 0;
      long workedNanos = System.nanoTime() - workedFromNanos;
      if (rest(TimeUnit.NANOSECONDS.toMillis(REST_TIMES * workedNanos) + 1)) {
        throw new InterruptedIOException("the count of a bucket was ended after " + sofar + " entries");
      }
      workedFromNanos = System.nanoTime();
    }
  }

  private record Counted(Bucket bucket, BucketCount count) {
    long bytes() {
      return count.bytes() + count.uploadBytes();
    }
  }

  @Override
  public void tell(Figures into) {
    List<Counted> counted = new ArrayList<>();
    List<Bucket> buckets = catalog.buckets();
    for (Bucket bucket : buckets) {
      Optional<BucketCount> count = catalog.lastCount(bucket);
      count.ifPresent(found -> counted.add(new Counted(bucket, found)));
    }
    counted.sort(Comparator.comparingLong(Counted::bytes).reversed().thenComparing(one -> one.bucket.name()));
    List<Counted> largest = counted.subList(0, Math.min(most, counted.size()));
    Instant now = clock.instant();
    for (Counted one : largest) {
      String name = one.bucket.name();
      into.number(OBJECTS, one.count.objects(), name);
      into.number(VERSIONS, one.count.versions(), name);
      into.number(BYTES, one.count.bytes(), name, "versions");
      into.number(BYTES, one.count.uploadBytes(), name, "uploads");
      into.number(UPLOADS, one.count.uploads(), name);
      into.number(AGE, Math.max(0, Duration.between(one.count.at(), now).toMillis() / 1000.0), name);
    }
    into.number(LEFT_OUT, buckets.size() - largest.size());
  }

  @Override
  public void close() {
    closing.countDown();
  }
}
