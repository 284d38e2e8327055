package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.filer.Bucket;
import hayloft.filer.body.Bodies;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.DerivedRows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;

/// Finds out what is hurt when needles cannot be read: walks all rows, some millions a second, since needles are not
/// indexed by what refers to them and damage is rare. Thread-safe; waits.
public final class NeedleOwners {

  private final KeyStore store;
  private final RowNeedles needles;
  private final RowNames names;

  public NeedleOwners(KeyStore store, Bodies bodies, LongFunction<Optional<Bucket>> buckets) {
    this.store = store;
    this.needles = new RowNeedles(bodies);
    this.names = new RowNames(buckets);
  }

  /// What refers to each of the needles, in words. A needle that nothing refers to is left out.
  public Map<NeedleAt, List<String>> find(Set<NeedleAt> wanted) throws IOException {
    Map<NeedleAt, List<String>> owners = new HashMap<>();
    if (wanted.isEmpty()) {
      return owners;
    }
    DerivedRows.forEach(store, (row, value) -> look(row, value, wanted, owners),
        (row, value) -> note(row, RowNeedles.own(row, value), wanted, owners));
    return owners;
  }

  private void look(byte[] row, byte[] value, Set<NeedleAt> wanted, Map<NeedleAt, List<String>> owners)
      throws IOException {
    note(row, RowNeedles.own(row, value), wanted, owners);
    List<FileId> body;
    try {
      body = needles.ofBody(row, value);
    } catch (CorruptNeedleException _) {
      return; // the list of its chunks is damaged itself, and found as such
    }
    for (FileId needle : body) {
      note(row, needle, wanted, owners);
    }
  }

  private void note(byte[] row, FileId needle, Set<NeedleAt> wanted, Map<NeedleAt, List<String>> owners) {
    NeedleAt at = NeedleAt.of(needle);
    if (wanted.contains(at)) {
      List<String> known = owners.computeIfAbsent(at, _ -> new ArrayList<>());
      String name = names.of(row);
      if (!known.contains(name)) {
        known.add(name);
      }
    }
  }
}
