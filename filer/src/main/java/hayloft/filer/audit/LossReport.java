package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.Bucket;
import hayloft.filer.buckets.BucketTable;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Subjects;
import hayloft.filer.rows.DerivedRows;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Names what volumes have lost that end before the key store says they do: their files were cut, or put back from an
/// older copy, or a disk did not keep what it said it had. The rows are the last that know of it, and are made anew
/// just after.
///
/// What is told is kept as lost truths, for the store that is made anew: so nothing older is shown in place of it, and
/// it is lost no more once the volume's file is put back.
///
/// Only rows whose own needle is gone count. An object whose chunks alone are gone stays listed, and whoever reads it
/// hears of it. Where the index of a volume knows what lay behind the end of its file, a row whose needle it does not
/// know is one that a forgotten collection left: nothing is lost with it. Where it does not, what the collector was
/// about to take away may be named too.
public final class LossReport {

  private static final EventLog LOG = EventLog.of(LossReport.class);

  private static final int MOST_NAMES = 1000;
  /// Beyond it only that something is lost is kept ([LostTruth#ofTail]).
  private static final int MOST_KEPT = 100_000;
  private static final int USER_TAIL = 2 + 8;

  private LossReport() {}

  /// Logs an error for each row, up to a thousand of them, and one with their number. Walks all rows.
  ///
  /// @param volumesCut whose ends lie before what the store has seen of them, which is told for each
  /// @return what is lost
  public static List<LostTruth> tell(KeyStore store, VolumeClient volumes, Map<Integer, VolumePosition> volumesCut)
      throws IOException {
    Map<Integer, Long> ends = volumes.ends().stream()
        .collect(Collectors.toMap(VolumePosition::volume, VolumePosition::offsetBytes));
    List<LostTruth> kept = new ArrayList<>();
    Map<Long, Bucket> buckets = BucketTable.read(store).stream()
        .collect(Collectors.toMap(Bucket::id, Function.identity()));
    var names = new RowNames(id -> Optional.ofNullable(buckets.get(id)));
    var lost = new AtomicLong();
    DerivedRows.forEach(store, (row, value) -> {
      FileId needle = RowNeedles.own(row, value);
      VolumePosition seen = volumesCut.get(needle.volume());
      if (seen == null || !isLost(needle, volumes, seen)) {
        return;
      }
      String name = names.of(row);
      if (lost.getAndIncrement() < MOST_NAMES) {
        LOG.error("catalog.rowLost").with("what", name).with("needle", NeedleAt.of(needle)).say();
      }
      if (kept.size() < MOST_KEPT) {
        kept.add(truth(row, value, needle, ends.getOrDefault(needle.volume(), 0L), name));
      }
    });
    LOG.error("volume.endsTooEarly").with("volumes", volumesCut.keySet()).with("lostRows", lost.get())
        .with("action", "rebuild").say();
    return kept;
  }

  /// @param seen where the volume's file once ended
  private static boolean isLost(FileId needle, VolumeClient volumes, VolumePosition seen) {
    return volumes.isCutOff(needle.volume(), needle.key())
        || !volumes.holds(needle) && volumes.indexedBytes(needle.volume()) < seen.offsetBytes();
  }

  /// @param endBytes of the volume's file: it lay there or behind
  private static LostTruth truth(byte[] row, byte[] value, FileId needle, long endBytes, String name)
      throws MalformedMutationException {
    long subject = 0;
    long sequence = 0;
    switch (row[0]) {
      case RowKeys.OBJECTS -> {
        var object = new ObjectRow(row);
        subject = Subjects.ofObject(object.bucketId(), object.key());
        sequence = object.sequence();
      }
      case RowKeys.UPLOADS -> {
        sequence = RowKeys.lastLong(row);
        subject = Subjects.ofUpload(sequence);
      }
      case RowKeys.PARTS -> {
        subject = Subjects.ofUpload(ByteBuffer.wrap(row).getLong(1));
        sequence = RowKeys.lastSequence(row);
      }
      case RowKeys.ENDED_UPLOADS -> {
        subject = Subjects.ofUpload(RowKeys.lastLong(row));
        sequence = UploadEnd.read(value).sequence();
      }
      case RowKeys.BUCKETS -> {
        BucketBody body = BucketBody.read(RowValue.body(value), ByteBuffer.wrap(row).getLong(1));
        subject = body instanceof BucketBody.Present(Bucket bucket) ? Subjects.ofBucket(bucket.name()) : 0;
        sequence = RowKeys.lastSequence(row);
      }
      case RowKeys.USERS -> {
        subject = Subjects.ofUser(new String(row, 1, row.length - 1 - USER_TAIL, StandardCharsets.UTF_8));
        sequence = RowKeys.lastSequence(row);
      }
      default -> throw new IllegalStateException("no table of needles: " + (char) row[0]);
    }
    return LostTruth.ofRow(subject, sequence, needle, endBytes, name);
  }
}
