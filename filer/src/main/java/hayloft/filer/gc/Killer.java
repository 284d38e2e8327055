package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// A settled killer, a row of table Z: the needle, and what it waits for. Immutable.
///
/// @param settledRow its key
/// @param former the row that it had before
/// @param sequence of its mutation
/// @param waitsFor what has to be gone before it may be marked
/// @param becomes its own row in R, if it would show something were its mark lost
/// @param completedUpload the upload that it ended as a version; 0 for none
record Killer(byte[] settledRow, byte[] former, FileId needle, long sequence, Remains.Span waitsFor,
    Optional<RemainsRow> becomes, long completedUpload) {

  static Killer read(byte[] settledRow, byte[] value) throws IOException {
    byte[] former = RowKeys.beforeSettling(settledRow);
    return switch (former[0]) {
      case RowKeys.OBJECTS -> facet(settledRow, new ObjectRow(former), value);
      case RowKeys.ENDED_UPLOADS -> end(settledRow, former, value);
      case RowKeys.BUCKETS -> {
        long bucketId = ByteBuffer.wrap(former).getLong(1);
        yield new Killer(settledRow, former, RowValue.needle(value), RowKeys.lastSequence(former),
            Remains.Span.ofBucket(bucketId), Optional.empty(), 0);
      }
      case RowKeys.USERS -> {
        long sequence = RowKeys.lastSequence(former);
        String id = new String(Arrays.copyOfRange(former, 1, former.length - 10), StandardCharsets.UTF_8);
        yield new Killer(settledRow, former, RowValue.needle(value), sequence,
            Remains.Span.of(RemainsRow.Subject.ofUser(id), 0, sequence), Optional.empty(), 0);
      }
      default -> throw new IllegalStateException("a row of table " + (char) former[0] + " cannot be settled");
    };
  }

  private static Killer facet(byte[] settledRow, ObjectRow row, byte[] value) throws IOException {
    FileId needle = RowValue.needle(value);
    var subject = new RemainsRow.Subject(row.bucketId(), row.key());
    long version = row.version();
    if (row.facet() != Facet.VERSION) {
      return new Killer(settledRow, row.bytes(), needle, row.sequence(),
          Remains.Span.of(subject, version, version + 1), Optional.empty(), 0);
    }
    VersionBody body = VersionBody.read(RowValue.body(value), "");
    Optional<RemainsRow> becomes = body.kind() == VersionKind.TOMBSTONE
        ? Optional.empty()
        : Optional.of(new RemainsRow(needle.volume(), subject, version, needle.key(), RowKeys.OBJECTS));
    long from = body.nullVersion() ? 0 : body.completedUpload();
    return new Killer(settledRow, row.bytes(), needle, version, Remains.Span.of(subject, from, version), becomes,
        body.completedUpload());
  }

  private static Killer end(byte[] settledRow, byte[] former, byte[] value) {
    long upload = RowKeys.lastLong(settledRow);
    var subject = new RemainsRow.Subject(ByteBuffer.wrap(settledRow).getLong(2), RowKeys.keyOfSettledEnd(settledRow));
    UploadEnd end = UploadEnd.read(value);
    return new Killer(settledRow, former, end.needle(), end.sequence(),
        Remains.Span.of(subject, upload, end.sequence()), Optional.empty(), 0);
  }

  /// What may be hidden by it although it is no remains: a version that is settled itself and not marked yet, or a
  /// truth that is lost.
  boolean hidesSomethingSeen(Undertaker.Rooms rooms) throws IOException {
    RemainsRow.Subject subject = waitsFor.subject();
    return switch (former[0]) {
      case RowKeys.OBJECTS -> {
        var row = new ObjectRow(former);
        if (rooms.doubts().mayConcern(subject)
            || completedUpload != 0 && rooms.doubts().mayConcernUpload(completedUpload)) {
          yield true;
        }
        if (row.facet() == Facet.VERSION) {
          yield waitsFor.from() == 0 && rooms.settledShows(subject, sequence);
        }
        byte[] made = RowKeys.facet(row.bucketId(), row.key(), row.version(), Facet.VERSION, row.version());
        yield rooms.store().get(RowKeys.settledRow(made)) != null || rooms.store().get(made) != null;
      }
      case RowKeys.ENDED_UPLOADS -> rooms.doubts().mayConcernUpload(RowKeys.lastLong(settledRow));
      default -> rooms.doubts().mayConcern(subject);
    };
  }

  /// @return whether it becomes remains
  boolean markInto(DeathList list) {
    list.delete(settledRow);
    list.delete(former); // a replay may have put it again
    if (completedUpload != 0) {
      list.delete(RowKeys.endedUpload(completedUpload));
    }
    if (becomes.isPresent()) {
      return list.markRemaining(needle, becomes.get());
    }
    list.mark(needle);
    return false;
  }
}
