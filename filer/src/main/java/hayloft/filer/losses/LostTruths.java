package hayloft.filer.losses;

import hayloft.filer.LostTruthException;
import hayloft.filer.gc.Doubts;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.mutation.Subjects;
import hayloft.filer.rows.RemainsRow;
import java.nio.charset.StandardCharsets;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// Which truths are lost, as far as answers depend on it: table X in memory, 16 bytes for each. Thread-safe; looks do
/// not wait, so they may be made on an event loop, and cost nothing where nothing is lost.
public final class LostTruths implements Doubts {

  private final KeyStore store;
  private volatile Index index = Index.EMPTY;

  /// Immutable.
  ///
  /// @param hashes rising, each with its sign bit flipped, so that they rise as the rows do
  /// @param sequences the highest that was lost of each
  private record Index(long[] hashes, long[] sequences, int count, boolean anyUnknown, boolean anyNameless,
      long newest) {
    static final Index EMPTY = new Index(new long[0], new long[0], 0, false, false, 0);

    long newestOf(long hash) {
      int at = Arrays.binarySearch(hashes, hash ^ Long.MIN_VALUE);
      return at < 0 ? 0 : sequences[at];
    }
  }

  public LostTruths(KeyStore store) throws IOException {
    this.store = store;
    reload();
  }

  /// Reads table X again.
  public synchronized void reload() throws IOException {
    var builder = new Builder();
    forEach(store, builder::add);
    index = builder.index();
  }

  private static final class Builder {
    private long[] hashes = new long[16];
    private long[] sequences = new long[16];
    private int size;
    private int count;
    private boolean anyUnknown;
    private boolean anyNameless;
    private long newest;

    /// Called in the order of the rows: by hash, and the highest sequence of each first.
    void add(LostTruth lost) {
      count++;
      if (lost.isBook()) {
        return;
      }
      anyUnknown |= lost.sequence() == 0;
      anyNameless |= lost.isNameless();
      newest = Math.max(newest, lost.sequence());
      if (lost.isNameless() || lost.isChunk()) {
        return;
      }
      long hash = lost.subjectHash() ^ Long.MIN_VALUE;
      if (size > 0 && hashes[size - 1] == hash) {
        return;
      }
      if (size == hashes.length) {
        hashes = Arrays.copyOf(hashes, 2 * size);
        sequences = Arrays.copyOf(sequences, 2 * size);
      }
      hashes[size] = hash;
      sequences[size++] = lost.sequence();
    }

    Index index() {
      return new Index(Arrays.copyOf(hashes, size), Arrays.copyOf(sequences, size), count, anyUnknown, anyNameless,
          newest);
    }
  }

  /// How many needles table X has.
  public int count() {
    return index.count;
  }

  public boolean isEmpty() {
    return index.count == 0;
  }

  /// The highest sequence that was lost of a subject; 0 if nothing was.
  public long newestOf(long subjectHash) {
    return index.newestOf(subjectHash);
  }

  /// Whether an answer about a subject is out of date, perhaps: something newer than what it rests on is lost.
  ///
  /// @param restsOn the sequence of the newest mutation that the answer would be right by; 0 if it rests on there being
  ///   none
  public boolean isUnsure(long subjectHash, long restsOn) {
    return newestOf(subjectHash) > restsOn;
  }

  /// @param whose for people: `barn/hay`
  /// @throws LostTruthException if the answer is unsure
  public void requireSure(long subjectHash, long restsOn, Supplier<String> whose) throws IOException {
    if (isUnsure(subjectHash, restsOn)) {
      throw lost(subjectHash, whose.get());
    }
  }

  private LostTruthException lost(long subjectHash, String whose) throws IOException {
    String place = of(subjectHash).stream().findFirst().map(LostTruth::place).orElse("a volume");
    return new LostTruthException("the newest state of " + whose + " is damaged in " + place
        + "; what is older may be wrong and is not shown. Overwrite it, put the volume's file back from a copy and "
        + "restart, or give the damaged state up (catalog.giveup)");
  }

  /// What is lost of a subject, newest first.
  public List<LostTruth> of(long subjectHash) throws IOException {
    var found = new ArrayList<LostTruth>();
    byte[] prefix = LostTruth.ofSubject(subjectHash);
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean more = rows.seek(prefix); more; more = rows.next()) {
        found.add(LostTruth.read(rows.key(), rows.value()));
      }
    }
    return found;
  }

  /// All of them, or those that are wanted.
  public List<LostTruth> all(Predicate<LostTruth> wanted) throws IOException {
    var found = new ArrayList<LostTruth>();
    forEach(store, lost -> {
      if (wanted.test(lost)) {
        found.add(lost);
      }
    });
    return found;
  }

  /// Whether a chunk that no row refers to is an orphan for sure. It is not while a commit may be lost that named it:
  /// one that came after the chunk, or one of which nothing is known.
  ///
  /// @param sequence of the chunk's needle
  public boolean mayBeOrphan(long sequence) {
    Index present = index;
    return !present.anyUnknown && present.newest < sequence;
  }

  @Override
  public boolean mayHideOwnerOf(long chunk) {
    return !mayBeOrphan(chunk);
  }

  @Override
  public boolean mayConcern(RemainsRow.Subject subject) {
    if (isEmpty()) {
      return false;
    }
    if (subject.bucketId() == 0) {
      return mayConcern(Subjects.ofUser(new String(subject.key(), StandardCharsets.UTF_8)));
    }
    return subject.key().length == 0
        ? !mayBeOrphan(1) // a hash does not tell the bucket
        : mayConcern(Subjects.ofObject(subject.bucketId(), subject.key()));
  }

  @Override
  public boolean mayConcernUpload(long upload) {
    return !isEmpty() && mayConcern(Subjects.ofUpload(upload));
  }

  private boolean mayConcern(long subjectHash) {
    Index present = index;
    return present.anyNameless || present.newestOf(subjectHash) != 0;
  }

  /// They are lost no more: readable again, overwritten or given up.
  public synchronized void strike(Collection<LostTruth> found) throws IOException {
    if (found.isEmpty()) {
      return;
    }
    var batch = new KeyBatch();
    found.forEach(lost -> batch.delete(lost.key()));
    store.write(batch);
    reload();
  }

  /// Shows table X row by row.
  public static void forEach(KeyStore store, Consumer<LostTruth> visitor) throws IOException {
    byte[] table = RowKeys.table(RowKeys.LOST_TRUTHS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(table); found; found = rows.next()) {
        visitor.accept(LostTruth.read(rows.key(), rows.value()));
      }
    }
  }
}
