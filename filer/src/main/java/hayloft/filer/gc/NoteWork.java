package hayloft.filer.gc;

import hayloft.common.log.EventLog;
import hayloft.filer.commit.FailStop;
import hayloft.filer.gc.Outcome.Reason;
import hayloft.filer.gc.Undertaker.Job;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.GarbageNote;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Works off table G. Confined to the collector.
///
/// Notes are taken in their order, those about one subject together. Each subject has a job, which works as far as a
/// pass allows; what is not finished goes on in the next pass, after the others have had their turn, and what cannot be
/// settled steps aside ([NoteQueue]).
final class NoteWork {

  private static final EventLog LOG = EventLog.of(NoteWork.class);

  private static final int MOST_UNDER_WAY = 64;
  private static final int REMEMBERED = 4096;

  private final KeyStore store;
  private final Undertaker undertaker;
  private final Burial burial;
  private final Gone gone;
  private final FailStop failStop;
  private final NoteQueue queue;
  private final int batchNotes;
  /// In the order of their turns.
  private final Map<Matter, UnderWay> underWay = new LinkedHashMap<>();
  private final Set<Long> taken = new HashSet<>();
  /// Keys that were settled lately, and up to where: what was noted of them before needs no further look.
  private final Map<Matter, Cutoff> settled = new LinkedHashMap<>(16, 0.75f, true);
  /// The first note that was left for later passes, because it is too young.
  private @Nullable Instant frontierNote;
  private @Nullable Instant oldest;
  private int marks;

  /// What a note is about.
  private sealed interface Matter {
    record Key(RemainsRow.Subject subject) implements Matter {}

    record Bucket(long bucketId) implements Matter {}

    record User(String id) implements Matter {}

    /// Jobs of one bucket as a whole and of a key in it are not for one pass: each would change the rows of the other.
    default long bucket() {
      return switch (this) {
        case Key(RemainsRow.Subject subject) -> subject.bucketId();
        case Bucket(long bucketId) -> bucketId;
        case User _ -> 0;
      };
    }

    default String forPeople() {
      return switch (this) {
        case Key(RemainsRow.Subject subject) -> "bucket " + subject.bucketId() + " key "
            + new String(subject.key(), StandardCharsets.UTF_8);
        case Bucket(long bucketId) -> "bucket " + bucketId;
        case User(String id) -> "user " + id;
      };
    }
  }

  private record Note(long sequence, long atMillis, int tries) {}

  private static final class UnderWay {
    final Matter matter;
    final Cutoff cutoff;
    final List<Note> notes = new ArrayList<>();
    final Set<Long> uploads = new TreeSet<>();
    /// Whether it has been looked at: notes that come later are for the next one.
    boolean begun;
    @Nullable
    Job job;

    UnderWay(Matter matter, Cutoff cutoff) {
      this.matter = matter;
      this.cutoff = cutoff;
    }
  }

  NoteWork(KeyStore store, Undertaker undertaker, Burial burial, Gone gone, FailStop failStop, NoteQueue queue,
      int batchNotes) {
    this.store = store;
    this.undertaker = undertaker;
    this.burial = burial;
    this.gone = gone;
    this.failStop = failStop;
    this.queue = queue;
    this.batchNotes = batchNotes;
  }

  /// When the oldest garbage was noted that is not collected; null if there is none.
  @Nullable
  Instant oldest() {
    return oldest;
  }

  Map<Reason, Integer> putAside() {
    return queue.counts();
  }

  /// Notes that were put aside may be tried at once.
  void endPauses() {
    queue.endPauses();
  }

  /// Marks of the last pass.
  int marks() {
    return marks;
  }

  /// True if there may be more to do at once.
  boolean pass(Cutoff cutoff, Instant now) throws IOException {
    int saved = queue.beginPass();
    if (saved > 0) {
      LOG.warning("garbage.putAside").with("further", saved).say();
    }
    queue.goBack();
    marks = 0;
    boolean more = false;
    if (underWay.size() < MOST_UNDER_WAY) {
      more = takeDue(cutoff, now);
      more |= takeNext(cutoff, now);
    }
    try {
      return work() || more;
    } finally {
      tellOldest();
    }
  }

  private void tellOldest() {
    Instant found = frontierNote;
    NoteQueue.Aside aside = queue.oldest();
    if (aside != null) {
      found = earlier(found, aside.atMillis());
    }
    for (UnderWay each : underWay.values()) {
      for (Note note : each.notes) {
        found = earlier(found, note.atMillis);
      }
    }
    oldest = found;
  }

  private static Instant earlier(@Nullable Instant one, long otherMillis) {
    Instant other = Instant.ofEpochMilli(otherMillis);
    return one == null || other.isBefore(one) ? other : one;
  }

  /// True if there may be further ones.
  private boolean takeDue(Cutoff cutoff, Instant now) throws IOException {
    List<byte[]> done = new ArrayList<>();
    int count = 0;
    for (; count < batchNotes; count++) {
      NoteQueue.Aside due = queue.nextDue();
      if (due == null) {
        break;
      }
      byte[] value = store.get(RowKeys.garbage(due.sequence()));
      if (value != null) {
        take(due.sequence(), value, due.atMillis(), due.tries(), cutoff, now, done);
      }
    }
    drop(done);
    return count == batchNotes;
  }

  /// True if there are further ones that are old enough, perhaps.
  private boolean takeNext(Cutoff cutoff, Instant now) throws IOException {
    frontierNote = null;
    byte[] table = RowKeys.table(RowKeys.GARBAGE);
    List<byte[]> done = new ArrayList<>();
    int count = 0;
    boolean more = false;
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(RowKeys.garbage(queue.frontier())); found; found = rows.next()) {
        long sequence = RowKeys.lastLong(rows.key());
        byte[] value = rows.value();
        if (sequence > cutoff.flushedSequence() || !take(sequence, value, 0, 0, cutoff, now, done)) {
          frontierNote = timeOf(value, now);
          break;
        }
        queue.passed(sequence);
        if (++count == batchNotes) {
          more = true;
          break;
        }
      }
    }
    drop(done);
    return more;
  }

  private void drop(List<byte[]> notes) throws IOException {
    var list = new DeathList(gone);
    notes.forEach(list::delete);
    burial.bury(List.of(list));
  }

  private static Instant timeOf(byte[] value, Instant now) {
    try {
      Instant at = GarbageNote.read(value).at();
      return at.isAfter(now) ? now : at;
    } catch (IOException _) {
      return now;
    }
  }

  /// Takes a note, or puts it aside; false if it is too young, as then are those behind it.
  ///
  /// @param atMillis when it was noted, if it is known from before; 0 if not
  /// @param done rows of notes with which nothing is left to do
  private boolean take(long sequence, byte[] value, long atMillis, int tries, Cutoff cutoff, Instant now,
      List<byte[]> done) {
    if (queue.isAside(sequence) || taken.contains(sequence)) {
      return true;
    }
    GarbageNote note;
    try {
      note = GarbageNote.read(value);
    } catch (IOException e) {
      putAside(new Note(sequence, now.toEpochMilli(), tries), Reason.NEWER, "garbage note " + sequence, e.toString());
      return true;
    }
    long millis = atMillis != 0 ? atMillis : Math.min(note.at().toEpochMilli(), now.toEpochMilli());
    if (!cutoff.covers(note.at(), sequence)) {
      if (tries == 0 && !note.at().isAfter(now)) {
        return false;
      }
      putAside(new Note(sequence, millis, tries), Reason.CLOCK, "", "");
      return true;
    }
    Matter matter = switch (note) {
      case GarbageNote.OfKey(Instant _, long bucketId, String key) -> new Matter.Key(
          RemainsRow.Subject.ofObject(bucketId, key));
      case GarbageNote.OfUpload(Instant _, long bucketId, String key, long _) -> new Matter.Key(
          RemainsRow.Subject.ofObject(bucketId, key));
      case GarbageNote.OfBucket(Instant _, long bucketId) -> new Matter.Bucket(bucketId);
      case GarbageNote.OfUser(Instant _, String id) -> new Matter.User(id);
    };
    Cutoff settledTo = settled.get(matter);
    if (note instanceof GarbageNote.OfKey && settledTo != null && settledTo.covers(note.at(), sequence)) {
      done.add(RowKeys.garbage(sequence));
      return true;
    }
    UnderWay present = underWay.computeIfAbsent(matter, _ -> new UnderWay(matter, cutoff));
    if (present.begun) {
      queue.putBehind(sequence, millis, tries);
      return true;
    }
    present.notes.add(new Note(sequence, millis, tries));
    taken.add(sequence);
    if (note instanceof GarbageNote.OfUpload(Instant _, long _, String _, long upload)) {
      present.uploads.add(upload);
    }
    return true;
  }

  /// What jobs remember of a pass is true only if all of it was done: one that goes on behind a version that it holds
  /// for dead, and that is not, takes the next one for the older of the two. So if a pass fails they begin anew, as
  /// they do after a start.
  private boolean work() throws IOException {
    boolean done = false;
    try {
      workAndBury();
      done = true;
    } finally {
      if (!done) {
        underWay.values().forEach(each -> each.job = null);
      }
    }
    return !underWay.isEmpty();
  }

  private void workAndBury() throws IOException {
    var budget = Budget.ofAPass();
    Map<UnderWay, DeathList> lists = new LinkedHashMap<>();
    Map<UnderWay, Outcome> outcomes = new LinkedHashMap<>();
    Set<Long> bucketsOfKeys = new HashSet<>();
    Set<Long> buckets = new HashSet<>();
    for (UnderWay each : underWay.values()) {
      if (budget.isSpent()) {
        break;
      }
      boolean isBucket = each.matter instanceof Matter.Bucket;
      long bucket = each.matter.bucket();
      if (bucket != 0 && (isBucket ? bucketsOfKeys : buckets).contains(bucket)) {
        continue; // in the next pass
      }
      (isBucket ? buckets : bucketsOfKeys).add(bucket);
      var list = new DeathList(gone);
      Outcome outcome = work(each, list, budget);
      if (outcome instanceof Outcome.Done) {
        each.notes.forEach(note -> list.delete(RowKeys.garbage(note.sequence)));
      }
      lists.put(each, list);
      outcomes.put(each, outcome);
    }
    Burial.Buried buried = burial.bury(new ArrayList<>(lists.values()));
    marks += buried.marks();
    outcomes.forEach((each, outcome) -> {
      String failure = buried.failed().get(lists.get(each));
      end(each, failure == null ? outcome : new Outcome.Aside(Reason.VOLUME_FAILS, failure));
    });
  }

  private Outcome work(UnderWay each, DeathList list, Budget budget) throws IOException {
    Job present = each.job;
    if (present == null) {
      present = switch (each.matter) {
        case Matter.Key(RemainsRow.Subject subject) -> undertaker.key(subject, each.uploads, each.cutoff);
        case Matter.Bucket(long bucketId) -> undertaker.bucket(bucketId, each.cutoff);
        case Matter.User(String id) -> undertaker.user(id, each.cutoff);
      };
      each.job = present;
      each.begun = true;
    }
    try {
      return present.work(list, budget);
    } catch (IOException | RuntimeException e) { // it is the smallest part that can begin anew; others go on
      failStop.check();
      list.clear();
      LOG.warning("garbage.notJudged").with("what", each.matter.forPeople()).with("action", "tried_again_later").say(e);
      return new Outcome.Aside(Reason.UNREADABLE, String.valueOf(e));
    }
  }

  private void end(UnderWay each, Outcome outcome) {
    underWay.remove(each.matter);
    switch (outcome) {
      case Outcome.More _ -> underWay.put(each.matter, each); // behind the others
      case Outcome.Done _ -> {
        each.notes.forEach(note -> taken.remove(note.sequence));
        settled.put(each.matter, each.cutoff);
        if (settled.size() > REMEMBERED) {
          settled.remove(settled.keySet().iterator().next());
        }
      }
      case Outcome.Aside(Reason reason, String what) -> {
        for (Note note : each.notes) {
          taken.remove(note.sequence);
          putAside(note, reason, each.matter.forPeople(), what);
        }
      }
    }
  }

  private void putAside(Note note, Reason reason, String whose, String what) {
    if (queue.isWorthALine(reason, note.tries)) {
      LOG.warning("garbage.putAside").with("whose", whose).with("reason", reason.label()).with("what", what)
          .with("tries", note.tries + 1).with("action", "tried_again_later").say();
    }
    queue.putAside(note.sequence, note.atMillis, reason, what, note.tries);
  }
}
