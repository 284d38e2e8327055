package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// What one job of a pass comes to: needles to mark dead, in steps, and the rows that change once all the marks are
/// durable. Every mark of a step is durable before the first of the next is made. Of needles that are gone already only
/// the rows go. Confined to one thread.
final class DeathList {

  private final Gone gone;
  private final List<Map<Integer, Set<Long>>> steps = new ArrayList<>();
  private final KeyBatch rows = new KeyBatch();
  private final Set<Long> uploads = new HashSet<>();
  private boolean putsRemains;
  private int marks;

  DeathList(Gone gone) {
    this.gone = gone;
  }

  void mark(FileId needle) {
    mark(0, needle);
  }

  void mark(int step, FileId needle) {
    if (!gone.isCertain(needle.volume(), needle.key())) {
      add(step, needle);
    }
  }

  private void add(int step, FileId needle) {
    while (steps.size() <= step) {
      steps.add(new TreeMap<>());
    }
    if (steps.get(step).computeIfAbsent(needle.volume(), _ -> new TreeSet<>()).add(needle.key())) {
      marks++;
    }
  }

  /// A needle is marked and its row goes; were the mark lost, nothing would show.
  void victim(FileId needle, byte[] row) {
    mark(needle);
    rows.delete(row);
  }

  /// A needle is marked and its row becomes one in R.
  ///
  /// @return false if nothing remains, since the needle is gone already
  boolean victim(FileId needle, byte[] row, RemainsRow remains) {
    rows.delete(row);
    return markRemaining(needle, remains);
  }

  /// The same for a needle whose rows are the caller's business.
  boolean markRemaining(FileId needle, RemainsRow remains) {
    if (gone.isCertain(needle.volume(), needle.key())) {
      return false;
    }
    add(0, needle);
    remains.addTo(rows);
    putsRemains = true;
    return true;
  }

  /// A killer whose work is done moves out of the way of readers.
  void settle(byte[] row, byte[] value, byte[] settledRow) {
    rows.delete(row);
    rows.put(settledRow, value);
  }

  void put(byte[] row, byte[] value) {
    rows.put(row, value);
  }

  void delete(byte[] row) {
    rows.delete(row);
  }

  /// An upload of which something became remains.
  void addUpload(long upload) {
    uploads.add(upload);
  }

  boolean hasUpload(long upload) {
    return uploads.contains(upload);
  }

  boolean putsRemains() {
    return putsRemains;
  }

  int stepCount() {
    return steps.size();
  }

  /// As if nothing had been added.
  void clear() {
    steps.clear();
    rows.clear();
    uploads.clear();
    putsRemains = false;
    marks = 0;
  }

  /// By volume; empty if there is no such step.
  Map<Integer, Set<Long>> step(int index) {
    return index < steps.size() ? steps.get(index) : Map.of();
  }

  int markCount() {
    return marks;
  }

  boolean isEmpty() {
    return marks == 0 && rows.isEmpty();
  }

  /// Chunks of marked needles have no row in C any more either: the book takes it.
  void addTo(KeyBatch batch) {
    for (int i = 0; i < rows.count(); i++) {
      byte[] value = rows.value(i);
      if (value == null) {
        batch.delete(rows.key(i));
      } else {
        batch.put(rows.key(i), value);
      }
    }
  }

  /// Deletes the row of a killer wherever it may be: a replay may have put it again beside its settled row.
  void deleteEverywhere(byte[] row) {
    rows.delete(row);
    rows.delete(RowKeys.settledRow(row));
  }
}
