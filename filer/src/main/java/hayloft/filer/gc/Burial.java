package hayloft.filer.gc;

import hayloft.common.CrashPoints;

import hayloft.common.log.EventLog;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.FailStop;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Makes the marks of a pass, all lists side by side and one needle for each volume and step, and then changes the
/// rows. Confined to the collector.
///
/// A volume that cannot be told of its marks costs what lies in it and nothing else: the lists that need it keep their
/// rows.
final class Burial {

  private static final EventLog LOG = EventLog.of(Burial.class);

  private final DeadMarks marks;
  private final KeyStore store;
  private final FailStop failStop;

  Burial(DeadMarks marks, KeyStore store, FailStop failStop) {
    this.marks = marks;
    this.store = store;
    this.failStop = failStop;
  }

  /// What became of some lists.
  ///
  /// @param failed by list, the volume that could not be told: nothing of the list's rows was changed
  record Buried(int marks, Map<DeathList, String> failed) {}

  Buried bury(List<DeathList> lists) throws IOException {
    int steps = lists.stream().mapToInt(DeathList::stepCount).max().orElse(0);
    Map<DeathList, String> failed = new HashMap<>();
    int count = 0;
    for (int step = 0; step < steps; step++) {
      Map<Integer, Set<Long>> keysByVolume = new TreeMap<>();
      for (DeathList list : lists) {
        if (!failed.containsKey(list)) {
          list.step(step).forEach(
              (volume, keys) -> keysByVolume.computeIfAbsent(volume, _ -> new TreeSet<>()).addAll(keys));
        }
      }
      CrashPoints.pass("filer.beforeMark");
      Set<Integer> sick = mark(keysByVolume);
      CrashPoints.pass("filer.afterMark");
      count += keysByVolume.values().stream().mapToInt(Set::size).sum();
      for (DeathList list : lists) {
        for (int volume : list.step(step).keySet()) {
          if (sick.contains(volume)) {
            failed.put(list, "volume " + volume + " could not be told of its dead needles");
          }
        }
      }
    }
    var batch = new KeyBatch();
    lists.stream().filter(list -> !failed.containsKey(list)).forEach(list -> list.addTo(batch));
    if (!batch.isEmpty()) {
      store.write(batch);
      CrashPoints.pass("filer.afterRowsDeleted");
    }
    return new Buried(count, failed);
  }

  /// The volumes that failed.
  private Set<Integer> mark(Map<Integer, Set<Long>> keysByVolume) throws IOException {
    Set<Integer> sick = new HashSet<>();
    for (Map.Entry<Integer, Set<Long>> entry : keysByVolume.entrySet()) {
      try {
        marks.mark(entry.getKey(), new ArrayList<>(entry.getValue()));
      } catch (DiskFullException | NoWritableVolumeException | VolumeUnwritableException | StaleEpochException e) {
        throw e; // nothing can be marked, wherever it lies
      } catch (IOException e) {
        failStop.check();
        LOG.warning("deadMarks.notTold").with("volume", entry.getKey()).with("needles", entry.getValue().size())
            .with("action", "tried_again_later").say(e);
        sick.add(entry.getKey());
      }
    }
    return sick;
  }
}
