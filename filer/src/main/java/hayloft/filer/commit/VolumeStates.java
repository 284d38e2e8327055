package hayloft.filer.commit;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.placement.MasterClient;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.VolumeStateBody;
import hayloft.filer.mutation.VolumeStateBody.State;
import hayloft.filer.mutation.VolumeStateBody.VolumeRange;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/// What the catalog's books say of volumes: the newest state of each counts. Thread-safe; waits.
///
/// A volume that is retired costs a book of its own until some have gathered; then one book says it of all of them, in
/// ranges.
public final class VolumeStates {

  private static final EventLog LOG = EventLog.of(VolumeStates.class);
  /// The row that speaks for many.
  private static final int ALL = 0;

  private final VolumeClient volumes;
  private final Committer committer;
  private final KeyStore store;
  private final MasterClient master;
  private final InstantSource clock;
  private final int rollUpAt;
  private final ReentrantLock changes = new ReentrantLock();

  /// @param rollUpAt so many volumes that are retired with a book of their own are rolled up
  public VolumeStates(VolumeClient volumes, Committer committer, KeyStore store, MasterClient master,
      InstantSource clock,
      int rollUpAt) {
    this.volumes = volumes;
    this.committer = committer;
    this.store = store;
    this.master = master;
    this.clock = clock;
    this.rollUpAt = rollUpAt;
  }

  /// One row of table S.
  public record Entry(int volume, long sequence, byte[] row, FileId book, VolumeStateBody body) {}

  /// What a key store knows of all volumes. Immutable.
  ///
  /// @param newest by volume
  /// @param over rows that something newer has replaced
  public record Known(Map<Integer, Entry> newest, List<Entry> over) {

    public static Known read(KeyStore store) throws IOException {
      var newest = new TreeMap<Integer, Entry>();
      var over = new ArrayList<Entry>();
      byte[] table = RowKeys.table(RowKeys.VOLUME_STATES);
      try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
        for (boolean found = rows.seek(table); found; found = rows.next()) {
          byte[] row = rows.key();
          byte[] value = rows.value();
          var entry = new Entry(RowKeys.volumeOf(row), RowKeys.lastSequence(row), row, RowValue.needle(value),
              VolumeStateBody.read(RowValue.body(value)));
          if (newest.putIfAbsent(entry.volume(), entry) != null) {
            over.add(entry);
          }
        }
      }
      List<VolumeRange> ranges = ranges(newest);
      newest.values().removeIf(entry -> {
        boolean isRolledUp = entry.volume() != ALL && entry.body().is(State.RETIRED)
            && ranges.stream().anyMatch(range -> range.contains(entry.volume()));
        if (isRolledUp) {
          over.add(entry);
        }
        return isRolledUp;
      });
      return new Known(newest, over);
    }

    private static List<VolumeRange> ranges(Map<Integer, Entry> newest) {
      Entry all = newest.get(ALL);
      return all == null ? List.of() : all.body().retired();
    }

    public List<VolumeRange> rolledUp() {
      return ranges(newest);
    }

    /// Empty if nothing was said of it.
    public Optional<State> of(int volume) {
      Entry entry = newest.get(volume);
      if (entry != null) {
        return entry.body().state();
      }
      return rolledUp().stream().anyMatch(range -> range.contains(volume))
          ? Optional.of(State.RETIRED)
          : Optional.empty();
    }

    /// It is retired or given up: nothing of it counts any more.
    public boolean isGone(int volume) {
      Optional<State> state = of(volume);
      return state.isPresent() && (state.get() == State.RETIRED || state.get() == State.GIVEN_UP);
    }

    /// Volumes with a book of their own that says they are retired.
    List<Integer> retiredOneByOne() {
      return newest.values().stream().filter(entry -> entry.volume() != ALL && entry.body().is(State.RETIRED))
          .map(Entry::volume).toList();
    }

    /// The highest volume of which something was said, of those that there can have been; 0 if there is none.
    public int highest() {
      IntStream ends = rolledUp().stream().mapToInt(range -> range.end() - 1);
      return IntStream.concat(newest.keySet().stream().mapToInt(Integer::intValue), ends)
          .filter(volume -> volume <= FileId.HIGHEST_VOLUME).max().orElse(0);
    }
  }

  public Known known() throws IOException {
    return Known.read(store);
  }

  /// Says something of a volume. Durable on return.
  public void record(int volume, State state, int generation, long lengthBytes, long checksum) throws IOException {
    changes.lock();
    try {
      commit(volume, VolumeStateBody.of(clock.instant(), state, generation, lengthBytes, checksum));
      forgetWhatIsOver();
    } finally {
      changes.unlock();
    }
  }

  /// Takes a volume in which nothing lives out of the store: says so durably, lets its files go, and tells the master.
  /// Marks that were about it are over.
  public void retire(int volume, int generation) throws IOException {
    changes.lock();
    try {
      commit(volume, VolumeStateBody.of(clock.instant(), State.RETIRED, generation, 0, 0));
      volumes.retire(volume);
      dropMarksOf(volume);
      rollUpIfMany();
      forgetWhatIsOver();
      tellMaster(volume);
    } finally {
      changes.unlock();
    }
  }

  /// The same for a volume whose content was given up; its files are put aside, none is deleted.
  public void giveUp(int volume) throws IOException {
    changes.lock();
    try {
      commit(volume, VolumeStateBody.of(clock.instant(), State.GIVEN_UP, 0, 0, 0));
      volumes.putAside(volume);
      dropMarksOf(volume);
      forgetWhatIsOver();
      tellMaster(volume);
    } finally {
      changes.unlock();
    }
  }

  /// Says everything anew that is said by books in a volume that is to go.
  public void moveFrom(int volume) throws IOException {
    changes.lock();
    try {
      for (Entry entry : known().newest().values()) {
        if (entry.book().volume() == volume) {
          commit(entry.volume(), entry.body());
        }
      }
      forgetWhatIsOver();
    } finally {
      changes.unlock();
    }
  }

  /// Tells a master that may have forgotten it, or was not told before the last process ended, which volumes were there
  /// and are gone.
  public void tellMaster() throws IOException {
    Known known = known();
    for (Entry entry : known.newest().values()) {
      if (entry.volume() != ALL && known.isGone(entry.volume())) {
        tellMaster(entry.volume(), known.highest());
      }
    }
    for (VolumeRange range : known.rolledUp()) {
      for (int volume = range.first(); volume < range.end(); volume++) {
        tellMaster(volume, known.highest());
      }
    }
  }

  /// It may have forgotten that there ever was the highest one.
  private void tellMaster(int volume, int highest) throws IOException {
    if (volume == highest || master.isKnown(volume)) {
      tellMaster(volume);
    }
  }

  private void tellMaster(int volume) throws IOException {
    int highest = volumes.ends().stream().mapToInt(VolumePosition::volume).max().orElse(0);
    master.retired(volume, Math.max(highest, known().highest()));
  }

  private void commit(int volume, VolumeStateBody body) throws IOException {
    committer.book(MutationCodec.encode(new Mutation.SetVolumeState(volume, body), false, ""));
    LOG.info("volume.state").with("volume", volume).with("state", body.state().map(State::name).orElse("unknown"))
        .say();
  }

  private void rollUpIfMany() throws IOException {
    Known known = known();
    List<Integer> single = known.retiredOneByOne();
    if (single.size() >= rollUpAt) {
      commit(ALL, VolumeStateBody.allRetired(clock.instant(), joined(known.rolledUp(), single)));
    }
  }

  private static List<VolumeRange> joined(List<VolumeRange> ranges, List<Integer> single) {
    var starts = new TreeMap<Integer, Integer>();
    ranges.forEach(range -> starts.put(range.first(), range.count()));
    new TreeSet<>(single).forEach(volume -> starts.putIfAbsent(volume, 1));
    var joined = new ArrayList<VolumeRange>();
    starts.forEach((first, count) -> {
      VolumeRange last = joined.isEmpty() ? null : joined.getLast();
      if (last != null && first <= last.end()) {
        joined.removeLast();
        joined.add(new VolumeRange(last.first(), Math.max(last.end(), first + count) - last.first()));
      } else {
        joined.add(new VolumeRange(first, count));
      }
    });
    return joined;
  }

  private void dropMarksOf(int volume) throws IOException {
    var batch = new KeyBatch();
    byte[] all = RowKeys.deadMarks(volume);
    var books = new TreeMap<Integer, List<Long>>();
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        batch.delete(rows.key());
        addTo(books, RowValue.needle(rows.value()));
      }
    }
    forget(volumes, store, batch, books);
  }

  private void forgetWhatIsOver() throws IOException {
    forgetWhatIsOver(volumes, store, known());
  }

  /// Books that something newer has replaced are dead by rule; so their rows go.
  public static void forgetWhatIsOver(VolumeClient volumes, KeyStore store, Known known) throws IOException {
    var batch = new KeyBatch();
    var books = new TreeMap<Integer, List<Long>>();
    for (Entry entry : known.over()) {
      batch.delete(entry.row());
      addTo(books, entry.book());
    }
    forget(volumes, store, batch, books);
  }

  private static void addTo(Map<Integer, List<Long>> books, FileId book) {
    books.computeIfAbsent(book.volume(), _ -> new ArrayList<>()).add(book.key());
  }

  private static void forget(VolumeClient volumes, KeyStore store, KeyBatch rows, Map<Integer, List<Long>> books)
      throws IOException {
    if (rows.isEmpty()) {
      return;
    }
    for (Map.Entry<Integer, List<Long>> entry : books.entrySet()) {
      volumes.forget(entry.getKey(), entry.getValue());
    }
    store.write(rows);
  }

  /// Marks that are over by rule, because the volume that they are about was made anew without what they name or is
  /// gone: their rows in D go, and the volumes that they lie in forget them.
  public static void dropMarksThatAreOver(VolumeClient volumes, KeyStore store, Known known) throws IOException {
    var goneSequences = new TreeMap<Integer, Long>();
    volumes.marks().forEach(marks -> goneSequences.put(marks.volume(), marks.goneSequence()));
    var batch = new KeyBatch();
    var books = new TreeMap<Integer, List<Long>>();
    byte[] table = RowKeys.table(RowKeys.DEAD_MARKS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(table); found; found = rows.next()) {
        byte[] row = rows.key();
        int volume = RowKeys.volumeOf(row);
        Long gone = goneSequences.get(volume);
        if (known.isGone(volume) || gone != null && RowKeys.lastLong(row) <= gone) {
          batch.delete(row);
          addTo(books, RowValue.needle(rows.value()));
        }
      }
    }
    forget(volumes, store, batch, books);
  }
}
