package hayloft.filer.gc;

import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.Needs;
import hayloft.filer.mutation.UserBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import hayloft.common.FileId;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Makes the jobs that find out what is dead, one for each subject that a note is about. Confined to the collector.
///
/// Jobs take no lock: what is dead stays dead, and only the collector takes rows away. Each works as far as the budget
/// of its pass allows and goes on in the next one.
final class Undertaker {

  private static final int SETTLED_LOOKED_AT = 1024;

  private final Rooms rooms;

  /// What jobs work with.
  record Rooms(KeyStore store, ReadPins pins, Belongings belongings, Remains remains, Doubts doubts) {

    /// Whether a mutation has a note that is not worked off.
    boolean isNoted(long sequence) throws IOException {
      return store.get(RowKeys.garbage(sequence)) != null;
    }

    /// Whether a settled version of a key, below a sequence, would show something were it not hidden.
    boolean settledShows(RemainsRow.Subject subject, long below) throws IOException {
      byte[] prefix = RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.VERSION);
      byte[] begin = RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.VERSION, below - 1);
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        int seen = 0;
        for (boolean found = rows.seek(begin); found; found = rows.next()) {
          if (seen++ == SETTLED_LOOKED_AT
              || VersionBody.read(RowValue.body(rows.value()), "").kind() != VersionKind.TOMBSTONE) {
            return true;
          }
        }
        return false;
      }
    }
  }

  /// Something to do about one subject.
  @FunctionalInterface
  interface Job {
    /// Adds to a list; what it stands for has happened when the job is asked again.
    Outcome work(DeathList list, Budget budget) throws IOException;
  }

  Undertaker(KeyStore store, VolumeStates states, Bodies bodies, ReadPins pins, Doubts doubts) {
    rooms = new Rooms(store, pins, new Belongings(store, bodies, states), new Remains(store), doubts);
  }

  Rooms rooms() {
    return rooms;
  }

  /// The versions of a key, and some of its uploads.
  Job key(RemainsRow.Subject subject, Collection<Long> uploads, Cutoff cutoff) {
    Deque<Long> left = new ArrayDeque<>(uploads);
    var walk = new KeyWalk(rooms, subject, cutoff, false);
    Outcome.Aside[] aside = {null};
    return (list, budget) -> {
      for (Long upload = left.peek(); upload != null; upload = left.peek()) {
        switch (upload(subject, upload, cutoff, list, budget)) {
          case Outcome.More more -> {
            return more;
          }
          case Outcome.Aside blocked -> aside[0] = blocked;
          case Outcome.Done _ -> {
            // the next one
          }
        }
        left.remove();
      }
      Outcome outcome = walk.work(list, budget);
      return outcome instanceof Outcome.Done && aside[0] != null ? aside[0] : outcome;
    };
  }

  private Outcome upload(RemainsRow.Subject subject, long upload, Cutoff cutoff, DeathList list, Budget budget)
      throws IOException {
    byte[] value = rooms.store().get(RowKeys.endedUpload(upload));
    if (value == null) {
      return rooms.store().get(RowKeys.upload(subject.bucketId(), subject.key(), upload)) != null
          ? rooms.belongings().ofReplacedParts(subject, upload, cutoff, list, budget)
          : strayParts(subject, upload, list, budget);
    }
    UploadEnd end = UploadEnd.read(value);
    return end.completed()
        ? completedUpload(subject, end, list, budget)
        : abortedUpload(subject, upload, value, list, budget);
  }

  /// Parts of an upload that is neither under way nor ended: it is dead, and their marks were lost. Nobody can come to
  /// use them.
  private Outcome strayParts(RemainsRow.Subject subject, long upload, DeathList list, Budget budget)
      throws IOException {
    if (!rooms.belongings().hasParts(upload)) {
      return Outcome.DONE;
    }
    return rooms.doubts().mayConcernUpload(upload) || rooms.doubts().mayConcern(subject)
        ? new Outcome.Aside(Outcome.Reason.TRUTH_LOST, "the upload of its parts may be lost")
        : rooms.belongings().ofUpload(subject, upload, list, budget);
  }

  /// If the version is dead as well, the walk over its key does the rest.
  private Outcome completedUpload(RemainsRow.Subject subject, UploadEnd end, DeathList list, Budget budget)
      throws IOException {
    byte[] made = rooms.store().get(
        RowKeys.facet(subject.bucketId(), subject.key(), end.sequence(), Facet.VERSION, end.sequence()));
    if (made == null) {
      return Outcome.DONE;
    }
    VersionBody body = VersionBody.read(RowValue.body(made), "");
    return Needs.areMet(body.needs())
        ? rooms.belongings().ofCompletedUpload(subject, body, list, budget)
        : new Outcome.Aside(Outcome.Reason.NEWER, "version of a newer program");
  }

  private Outcome abortedUpload(RemainsRow.Subject subject, long upload, byte[] end, DeathList list, Budget budget)
      throws IOException {
    Outcome outcome = rooms.belongings().ofUpload(subject, upload, list, budget);
    if (!(outcome instanceof Outcome.Done)) {
      return outcome;
    }
    if (rooms.doubts().mayConcernUpload(upload)) {
      return new Outcome.Aside(Outcome.Reason.TRUTH_LOST, "parts of the upload may be lost");
    }
    byte[] row = RowKeys.endedUpload(upload);
    byte[] settled = RowKeys.settledEnd(subject.bucketId(), subject.key(), upload);
    UploadEnd ended = UploadEnd.read(end);
    if (list.hasUpload(upload) || rooms.remains().any(Remains.Span.of(subject, upload, ended.sequence()))) {
      list.put(settled, end);
    } else {
      list.victim(ended.needle(), row);
      list.delete(settled);
    }
    return Outcome.DONE;
  }

  Job bucket(long bucketId, Cutoff cutoff) {
    return new BucketJob(bucketId, cutoff);
  }

  Job user(String id, Cutoff cutoff) {
    var subject = RemainsRow.Subject.ofUser(id);
    return new Documents(RowKeys.user(id), subject, RowKeys.USERS, cutoff) {
      @Override
      boolean isDeletion(byte[] value) throws IOException {
        return UserBody.read(RowValue.body(value)).deleted();
      }

      @Override
      Remains.Span killedBy(long sequence) {
        return Remains.Span.of(subject, 0, sequence);
      }
    };
  }

  /// The documents of a bucket or a user, newest first: those below one that is old enough are dead, and so is a
  /// deletion at the top.
  private abstract class Documents implements Job {
    private final byte[] prefix;
    private final RemainsRow.Subject subject;
    private final byte table;
    private final Cutoff cutoff;
    private byte[] resumeAt;
    private boolean hidden;
    private byte @Nullable [] deletion;
    private boolean putRemains;

    Documents(byte[] prefix, RemainsRow.Subject subject, byte table, Cutoff cutoff) {
      this.prefix = prefix;
      this.subject = subject;
      this.table = table;
      this.cutoff = cutoff;
      resumeAt = prefix;
    }

    abstract boolean isDeletion(byte[] value) throws IOException;

    /// What a deletion with that sequence has killed.
    abstract Remains.Span killedBy(long sequence);

    @Override
    public Outcome work(DeathList list, Budget budget) throws IOException {
      try (KeyCursor rows = rooms.store().cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        for (boolean found = rows.seek(resumeAt); found; found = rows.next()) {
          if (budget.isSpent()) {
            resumeAt = rows.key();
            putRemains |= list.putsRemains();
            return Outcome.MORE;
          }
          document(rows.key(), rows.value(), list, budget);
        }
      }
      putRemains |= list.putsRemains();
      byte[] row = deletion;
      return row == null ? Outcome.DONE : end(row, list);
    }

    private void document(byte[] row, byte[] value, DeathList list, Budget budget) throws IOException {
      budget.spendRow(row.length + value.length);
      long sequence = RowKeys.lastSequence(row);
      boolean deletes = isDeletion(value);
      if (hidden) {
        FileId needle = RowValue.needle(value);
        budget.spendMark();
        if (deletes) {
          list.mark(needle);
          list.deleteEverywhere(row);
        } else {
          list.victim(needle, row, new RemainsRow(needle.volume(), subject, sequence, needle.key(), table));
        }
      } else if (cutoff.covers(BodyTime.of(RowValue.body(value)), sequence)) {
        deletion = deletes ? row : null;
        hidden = deletes || rooms.isNoted(sequence);
      }
    }

    private Outcome end(byte[] row, DeathList list) throws IOException {
      byte[] value = rooms.store().get(row);
      if (value == null) {
        return Outcome.DONE;
      }
      if (rooms.doubts().mayConcern(subject)) {
        return new Outcome.Aside(Outcome.Reason.TRUTH_LOST, "what was deleted may be lost");
      }
      if (putRemains || rooms.remains().any(killedBy(RowKeys.lastSequence(row)))) {
        list.settle(row, value, RowKeys.settledRow(row));
      } else {
        list.mark(RowValue.needle(value));
        list.deleteEverywhere(row);
      }
      return Outcome.DONE;
    }
  }

  /// A bucket's documents, and once its deletion counts everything in it. That needs no killers of its own: the
  /// deletion stays until all of the bucket is gone.
  private final class BucketJob implements Job {
    private final long bucketId;
    private final Cutoff cutoff;
    private final Documents documents;
    private byte[] from;
    private @Nullable KeyWalk walk;
    private byte @Nullable [] afterWalk;
    private Outcome.@Nullable Aside aside;

    BucketJob(long bucketId, Cutoff cutoff) {
      this.bucketId = bucketId;
      this.cutoff = cutoff;
      from = RowKeys.bucket(RowKeys.OBJECTS, bucketId);
      documents = new Documents(RowKeys.bucket(RowKeys.BUCKETS, bucketId), RemainsRow.Subject.ofBucket(bucketId),
          RowKeys.BUCKETS, cutoff) {
        @Override
        boolean isDeletion(byte[] value) throws IOException {
          return BucketBody.read(RowValue.body(value), bucketId) instanceof BucketBody.Deleted;
        }

        @Override
        Remains.Span killedBy(long sequence) {
          return Remains.Span.ofBucket(bucketId);
        }
      };
    }

    @Override
    public Outcome work(DeathList list, Budget budget) throws IOException {
      if (isDeleted()) {
        if (!objects(list, budget) || !uploads(list, budget) || !settled(list, budget)) {
          return Outcome.MORE;
        }
        Outcome.Aside blocked = aside;
        if (blocked != null) {
          return blocked;
        }
      }
      return documents.work(list, budget);
    }

    private boolean isDeleted() throws IOException {
      byte[] all = RowKeys.bucket(RowKeys.BUCKETS, bucketId);
      try (KeyCursor rows = rooms.store().cursor(all, RowKeys.after(all), Reach.DISK)) {
        if (!rows.seek(all)) {
          return false;
        }
        byte[] value = rows.value();
        return documents.isDeletion(value)
            && cutoff.covers(BodyTime.of(RowValue.body(value)), RowKeys.lastSequence(rows.key()));
      }
    }

    private boolean objects(DeathList list, Budget budget) throws IOException {
      while (true) {
        KeyWalk present = walk == null ? nextKey() : walk;
        walk = present;
        if (present == null) {
          return true;
        }
        switch (present.work(list, budget)) {
          case Outcome.More _ -> {
            return false;
          }
          case Outcome.Aside blocked -> aside = blocked;
          case Outcome.Done _ -> {
            // the next one
          }
        }
        if (afterWalk != null) {
          from = afterWalk;
        }
        walk = null;
      }
    }

    private @Nullable KeyWalk nextKey() throws IOException {
      byte[] all = RowKeys.bucket(RowKeys.OBJECTS, bucketId);
      try (KeyCursor rows = rooms.store().cursor(all, RowKeys.after(all), Reach.DISK)) {
        if (!rows.seek(from)) {
          return null;
        }
        var row = new ObjectRow(rows.key());
        afterWalk = row.afterKey();
        return new KeyWalk(rooms, new RemainsRow.Subject(bucketId, row.key()), Cutoff.EVERYTHING, true);
      }
    }

    private boolean uploads(DeathList list, Budget budget) throws IOException {
      byte[] all = RowKeys.bucket(RowKeys.UPLOADS, bucketId);
      try (KeyCursor rows = rooms.store().cursor(all, RowKeys.after(all), Reach.DISK)) {
        for (boolean found = rows.seek(all); found; found = rows.next()) {
          long upload = RowKeys.lastLong(rows.key());
          var subject = new RemainsRow.Subject(bucketId, RowKeys.keyOfUpload(rows.key()));
          budget.spendRow(rows.key().length);
          if (budget.isSpent()) {
            return false;
          }
          switch (rooms.belongings().ofUpload(subject, upload, list, budget)) {
            case Outcome.More _ -> {
              return false;
            }
            case Outcome.Aside blocked -> aside = blocked;
            case Outcome.Done _ -> markEnd(upload, list);
          }
        }
      }
      return true;
    }

    /// What ended an upload without completing it: else it is a version, which has gone before.
    private void markEnd(long upload, DeathList list) throws IOException {
      byte[] value = rooms.store().get(RowKeys.endedUpload(upload));
      if (value != null && !UploadEnd.read(value).completed()) {
        list.victim(UploadEnd.read(value).needle(), RowKeys.endedUpload(upload));
      }
    }

    private boolean settled(DeathList list, Budget budget) throws IOException {
      byte[] versions = RowKeys.settledOf(RowKeys.OBJECTS, bucketId);
      try (KeyCursor rows = rooms.store().cursor(versions, RowKeys.after(versions), Reach.DISK)) {
        for (boolean found = rows.seek(versions); found; found = rows.next()) {
          if (budget.isSpent()) {
            return false;
          }
          budget.spendRow(rows.key().length);
          budget.spendMark();
          Killer.read(rows.key(), rows.value()).markInto(list);
        }
      }
      byte[] ends = RowKeys.settledOf(RowKeys.ENDED_UPLOADS, bucketId);
      try (KeyCursor rows = rooms.store().cursor(ends, RowKeys.after(ends), Reach.DISK)) {
        for (boolean found = rows.seek(ends); found; found = rows.next()) {
          if (budget.isSpent()) {
            return false;
          }
          budget.spendRow(rows.key().length);
          budget.spendMark();
          Killer.read(rows.key(), rows.value()).markInto(list);
        }
      }
      return true;
    }
  }

  /// Told of needles; answers whether it wants to hear of more.
  @FunctionalInterface
  interface NeedleSink {
    boolean take(FileId needle);
  }

  /// Shows all needles that rows of an object key refer to as holding its bytes: its versions', and its uploads' parts.
  ///
  /// Parts are read before versions: a completion between the two moves pieces from the former to the latter.
  ///
  /// @param from versions and parts with lower sequences are left out
  /// @throws IOException also if a list cannot be read, so that it is not known what it names
  void referenced(RemainsRow.Subject subject, long from, NeedleSink sink) throws IOException {
    byte[] uploads = RowKeys.oneKey(RowKeys.UPLOADS, subject.bucketId(), subject.key());
    try (KeyCursor rows = rooms.store().cursor(uploads, RowKeys.after(uploads), Reach.DISK)) {
      for (boolean found = rows.seek(uploads); found; found = rows.next()) {
        if (!rooms.belongings().ofParts(RowKeys.lastLong(rows.key()), from, sink)) {
          return;
        }
      }
    }
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, subject.bucketId(), subject.key());
    try (KeyCursor rows = rooms.store().cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        var row = new ObjectRow(rows.key());
        if (row.version() < from) {
          return;
        }
        if (row.facet() == Facet.VERSION) {
          VersionBody body = VersionBody.read(RowValue.body(rows.value()), "");
          for (Piece table : body.partsNeedle().stream().toList()) {
            if (!sink.take(table.needle())) {
              return;
            }
          }
          if (!rooms.belongings().show(body.pieces(), sink)) {
            return;
          }
        }
      }
    }
  }
}
