package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.Bucket;
import hayloft.filer.buckets.BucketTable;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.DerivedRows;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Names what volumes have lost that end before the key store says they do: their files were cut, or put back from an older copy,
/// or a disk did not keep what it said it had. The rows are the last that know of it, and are made anew just after.
///
/// Only rows whose own needle is gone count. An object whose chunks alone are gone stays listed, and whoever reads it hears of it. What
/// the collector was about to take away when the process ended may be named too.
public final class LossReport {

  private static final System.Logger LOG = System.getLogger(LossReport.class.getName());

  private static final int MOST_NAMES = 1000;

  private LossReport() {}

  /// Logs an error for each row, up to a thousand of them, and one with their number. Walks all rows.
  ///
  /// @param volumesCut whose ends lie before what the store has seen of them
  /// @return how many there are
  public static long tell(KeyStore store, VolumeClient volumes, Set<Integer> volumesCut) throws IOException {
    Map<Long, Bucket> buckets = BucketTable.read(store).stream()
        .collect(Collectors.toMap(Bucket::id, Function.identity()));
    var names = new RowNames(id -> Optional.ofNullable(buckets.get(id)));
    var lost = new AtomicLong();
    DerivedRows.forEach(store, (row, value) -> {
      FileId needle = RowNeedles.own(row, value);
      if (volumesCut.contains(needle.volume()) && !volumes.holds(needle) && lost.getAndIncrement() < MOST_NAMES) {
        LOG.log(System.Logger.Level.ERROR, "event=lost what=\"{0}\" needle={1}", names.of(row), NeedleAt.of(needle));
      }
    });
    LOG.log(System.Logger.Level.ERROR, "event=volumes_end_too_early volumes={0} lostRows={1} action=rebuild",
        volumesCut,
        Long.toString(lost.get()));
    return lost.get();
  }
}
