package hayloft.filer.losses;

import hayloft.common.log.EventLog;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import hayloft.filer.audit.RowNames;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.Subjects;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/// What is done about lost truths: they are named, struck off when something newer stands in their place, and given up
/// by command. Thread-safe; waits.
public final class Losses {

  private static final EventLog LOG = EventLog.of(Losses.class);
  private static final int MOST_TOLD = 1000;
  private static final int USER_TAIL = 2 + 8;

  private final KeyStore store;
  private final LostTruths truths;
  private final DeadMarks marks;
  private final LongFunction<Optional<Bucket>> buckets;

  public Losses(KeyStore store, LostTruths truths, DeadMarks marks, LongFunction<Optional<Bucket>> buckets) {
    this.store = store;
    this.truths = truths;
    this.marks = marks;
    this.buckets = buckets;
  }

  /// A truth that is lost.
  ///
  /// @param whose for people; empty if only its hash is known
  public record Loss(LostTruth truth, Optional<String> whose) {
    public String name() {
      if (whose.isEmpty() && truth.isOfRow()) {
        return truth.what();
      }
      return whose.orElse(truth.isNameless() ? "something unknown" : "something that no row names");
    }

    /// Whether it is of an object, and so over once a client writes or deletes that; all else (buckets, users, uploads)
    /// refuses to change while its newest state is not known.
    public boolean isOfObject() {
      return whose.filter(name -> name.startsWith(RowNames.OBJECT)).isPresent();
    }

    @Override
    public String toString() {
      return name() + " in " + truth.place();
    }
  }

  /// All of them, with the names that rows tell; walks all rows if there are any.
  public List<Loss> all() throws IOException {
    if (truths.isEmpty()) {
      return List.of();
    }
    var names = new Names();
    names.walk();
    var losses = new ArrayList<Loss>();
    for (LostTruth truth : truths.all(_ -> true)) {
      losses.add(new Loss(truth, names.of(truth)));
    }
    return losses;
  }

  /// Strikes off what something newer stands in place of, and tells what is left.
  public void tell() throws IOException {
    if (truths.isEmpty()) {
      return;
    }
    var names = new Names();
    names.walk();
    for (Map.Entry<Long, Long> settled : names.settled.entrySet()) {
      strikeOff(settled.getKey(), settled.getValue(), names.underWay.getOrDefault(settled.getKey(), Long.MAX_VALUE));
    }
    for (Map.Entry<Long, Long> completed : names.completed.entrySet()) {
      truths.strike(
          truths.of(completed.getKey()).stream().filter(lost -> lost.sequence() < completed.getValue()).toList());
    }
    List<LostTruth> left = truths.all(_ -> true);
    for (LostTruth truth : left.subList(0, Math.min(MOST_TOLD, left.size()))) {
      LOG.error("catalog.truthLost").with("what", new Loss(truth, names.of(truth))).with("damage", truth.found()).say();
    }
    if (!left.isEmpty()) {
      LOG.error("catalog.truthsLost").with("count", left.size()).with("action", advice(left)).say();
    }
  }

  /// What can be done about some of them, at least; `catalog.lost` says it of each.
  static String advice(List<LostTruth> lost) {
    long volumes = lost.stream().filter(LostTruth::isWholeVolume).count();
    return "put files back and restart"
        + (volumes < lost.size() ? ", or overwrite what is damaged, or give it up (catalog.giveup)" : "")
        + (volumes > 0 ? ", or give volumes up whose files are gone (volume.drop -missing)" : "")
        + "; catalog.lost says more";
  }

  /// A mutation stands in place of everything older of its subject: the damaged needles are dead then, and lost no
  /// more.
  ///
  /// @param sequence of the mutation
  public void overwritten(long subjectHash, long sequence) throws IOException {
    if (truths.newestOf(subjectHash) != 0) {
      strikeOff(subjectHash, sequence, Long.MAX_VALUE);
    }
  }

  /// The same of an object, in a bucket without versions. What an upload of the key says that is under way may be older
  /// than what is lost, which may have been its end: that stays lost until the upload is gone.
  public void objectOverwritten(long bucketId, byte[] key, long sequence) throws IOException {
    long subjectHash = Subjects.ofObject(bucketId, key);
    if (truths.newestOf(subjectHash) != 0) {
      strikeOff(subjectHash, sequence, firstUploadUnderWay(bucketId, key));
    }
  }

  private long firstUploadUnderWay(long bucketId, byte[] key) throws IOException {
    byte[] all = RowKeys.uploads(bucketId, key);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) { // in the order in which they were begun
        long upload = RowKeys.lastLong(rows.key());
        if (store.get(RowKeys.endedUpload(upload)) == null) {
          return upload;
        }
      }
    }
    return Long.MAX_VALUE;
  }

  private void strikeOff(long subjectHash, long sequence, long firstUploadUnderWay) throws IOException {
    settle(truths.of(subjectHash).stream()
        .filter(lost -> lost.sequence() < sequence && lost.sequence() < firstUploadUnderWay).toList());
  }

  /// Takes what is older for the truth from now on.
  ///
  /// @param wanted which ones
  /// @return what was given up
  public List<Loss> giveUp(Predicate<LostTruth> wanted) throws IOException {
    List<Loss> losses = all().stream().filter(loss -> wanted.test(loss.truth()) && !loss.truth().isWholeVolume())
        .toList();
    for (Loss loss : losses) {
      LOG.warning("catalog.truthGivenUp").with("what", loss).say();
    }
    settle(losses.stream().map(Loss::truth).toList());
    return losses;
  }

  /// Marks the needles dead, so that they mean nothing if they can be read again one day, and strikes them off.
  private void settle(Collection<LostTruth> found) throws IOException {
    var keys = new TreeMap<Integer, List<Long>>();
    for (LostTruth lost : found) {
      if (lost.needleKey() != 0) {
        keys.computeIfAbsent(lost.volume(), _ -> new ArrayList<>()).add(lost.needleKey());
      }
    }
    marks.mark(keys);
    truths.strike(found);
  }

  /// Walks all rows once.
  private final class Names {
    private final Map<Long, String> byHash = new HashMap<>();
    /// Subjects of which nothing that is lost counts any more, with the sequence of what hides it.
    private final Map<Long, Long> settled = new HashMap<>();
    /// Uploads that became objects, with the sequence of the end: their parts count no more, but the bytes in a part's
    /// needle may be the object's.
    private final Map<Long, Long> completed = new HashMap<>();
    /// Objects of which something is lost, with the first of their uploads that are under way.
    private final Map<Long, Long> underWay = new HashMap<>();
    private final RowNames words = new RowNames(buckets);

    Optional<String> of(LostTruth truth) {
      return Optional.ofNullable(byHash.get(truth.subjectHash()));
    }

    void walk() throws IOException {
      objects(RowKeys.table(RowKeys.OBJECTS), 0);
      objects(RowKeys.settled(RowKeys.table(RowKeys.OBJECTS)), 1);
      table(RowKeys.REMAINS, (row, value) -> {
        RemainsRow.Subject subject = RemainsRow.read(row, value).subject();
        if (subject.bucketId() != 0 && subject.key().length > 0) {
          name(Subjects.ofObject(subject.bucketId(), subject.key()),
              () -> RowNames.OBJECT + words.object(subject.bucketId(), subject.key()));
        }
      });
      table(RowKeys.UPLOADS, (row, _) -> {
        long upload = RowKeys.lastLong(row);
        long hash = Subjects.ofUpload(upload);
        name(hash, () -> words.of(row));
        long object = Subjects.ofObject(ByteBuffer.wrap(row).getLong(1), RowKeys.keyOfUpload(row));
        boolean concerned = truths.newestOf(hash) != 0 || truths.newestOf(object) != 0;
        byte[] ended = concerned ? store.get(RowKeys.endedUpload(upload)) : null;
        if (ended == null && truths.newestOf(object) != 0) {
          underWay.merge(object, upload, Math::min);
        }
        if (ended != null) {
          UploadEnd end = UploadEnd.read(ended);
          if (end.completed()) {
            completed.merge(hash, end.sequence(), Math::max);
          } else {
            settle(hash, end.sequence());
          }
        }
      });
      table(RowKeys.BUCKETS, (row, value) -> {
        long id = ByteBuffer.wrap(row).getLong(1);
        if (BucketBody.read(RowValue.body(value), id) instanceof BucketBody.Present(Bucket bucket)) {
          long hash = Subjects.ofBucket(bucket.name());
          name(hash, () -> "bucket " + bucket.name());
          settle(hash, RowKeys.lastSequence(row));
        }
      });
      table(RowKeys.USERS, (row, _) -> {
        String id = new String(row, 1, row.length - 1 - USER_TAIL, StandardCharsets.UTF_8);
        long hash = Subjects.ofUser(id);
        name(hash, () -> "user " + id);
        settle(hash, RowKeys.lastSequence(row));
      });
    }

    /// @param from where in a row the object row begins
    private void objects(byte[] prefix, int from) throws IOException {
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        boolean found = rows.seek(prefix);
        while (found) {
          byte[] row = rows.key();
          var object = new ObjectRow(from == 0 ? row : RowKeys.beforeSettling(row));
          long hash = Subjects.ofObject(object.bucketId(), object.key());
          if (truths.newestOf(hash) != 0) {
            name(hash, () -> words.of(object.bytes()));
            boolean hidesAll = buckets.apply(object.bucketId())
                .filter(bucket -> bucket.versioning() == Versioning.UNVERSIONED).isPresent();
            if (hidesAll) {
              settle(hash, object.version()); // every version is a null version, the newest comes first
            }
          }
          byte[] next = object.afterKey();
          found = rows.seek(from == 0 ? next : RowKeys.settled(next));
        }
      }
    }

    private interface Row {
      void of(byte[] row, byte[] value) throws IOException;
    }

    private void table(byte table, Row visitor) throws IOException {
      byte[] prefix = RowKeys.table(table);
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        for (boolean found = rows.seek(prefix); found; found = rows.next()) {
          visitor.of(rows.key(), rows.value());
        }
      }
    }

    private void name(long hash, java.util.function.Supplier<String> name) {
      if (truths.newestOf(hash) != 0) {
        byHash.computeIfAbsent(hash, _ -> name.get());
      }
    }

    private void settle(long hash, long sequence) {
      if (truths.newestOf(hash) != 0) {
        settled.merge(hash, sequence, Math::max);
      }
    }
  }
}
