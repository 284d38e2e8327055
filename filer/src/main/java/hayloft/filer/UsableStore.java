package hayloft.filer;

import hayloft.common.CommitSequence;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.audit.LossReport;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.replay.Replay;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// A key store that can be worked with: the one that lay there if it knows everything that it must, else an empty one.
/// Immutable.
///
/// @param volumesBefore volumes that a former store knew of
record UsableStore(KeyStore store, Set<Integer> volumesBefore) {

  private static final EventLog LOG = EventLog.of(UsableStore.class);

  static UsableStore open(StoreOpener opener, VolumeClient volumes) throws IOException {
    KeyStore store = opener.open();
    try {
      Set<Integer> volumesBefore = Replay.volumesOf(store);
      Map<Integer, VolumePosition> cut = cut(store, volumes);
      if (!cut.isEmpty() || hasMissedAnOwner(store, volumes.highestEpoch())
          || isOlderCopy(store, opener.flushedSequence())) {
        var lost = new ArrayList<LostTruth>();
        if (!cut.isEmpty()) {
          lost.addAll(losses(store, volumes, cut));
          lost.addAll(tails(volumes, cut.keySet()));
        }
        store.close();
        opener.discard();
        store = opener.open();
        keep(lost, store);
      }
      return new UsableStore(store, volumesBefore);
    } catch (IOException | RuntimeException | Error e) {
      store.close();
      throw e;
    }
  }

  /// The store knows positions that some volumes have not reached. A power cut does not do that, if disks keep what
  /// they say they have: rows are written to a file after the needles were synced ([CatalogDirectory]).
  ///
  /// @throws IOException if a volume is of an older generation than the store has seen: what compaction left behind
  ///   would be there again
  private static Map<Integer, VolumePosition> cut(KeyStore store, VolumeClient volumes) throws IOException {
    Map<Integer, VolumePosition> cut = new TreeMap<>();
    for (VolumePosition end : volumes.ends()) {
      byte[] value = store.get(RowKeys.position(end.volume()));
      if (value != null) {
        VolumePosition known = PositionRow.read(end.volume(), value);
        if (Integer.compareUnsigned(known.generation(), end.generation()) > 0) {
          String file = volumes.fileOf(end.volume());
          throw new IOException("the file of volume " + end.volume() + " (" + file
              + ") is an older copy: it is of generation " + end.generation()
              + ", and the catalog knows generation "
              + known.generation()
              + ". What was deleted since would come back. Nothing was changed. Put the newest file in"
              + " its place, or, to go on without its objects, move " + file.replace(".dat", ".*")
              + " away, start, and give up what is missing then (volume.drop)");
        }
        if (known.generation() == end.generation() && known.offsetBytes() > end.offsetBytes()) {
          cut.put(end.volume(), known);
        }
      }
    }
    return cut;
  }

  /// Rows that cannot be read must not keep the store from what comes next: they are thrown away and made anew.
  private static List<LostTruth> losses(KeyStore store, VolumeClient volumes, Map<Integer, VolumePosition> cut) {
    try {
      return LossReport.tell(store, volumes, cut);
    } catch (IOException e) {
      LOG.error("catalog.lossesNotAllNamed").with("volumes", cut.keySet()).with("action", "rebuild").with("reason", e)
          .say();
      return List.of();
    } catch (RuntimeException e) {
      LOG.error("catalog.lossesNotAllNamed").with("action", "rebuild").with("volumes", cut.keySet()).say(e);
      return List.of();
    }
  }

  private static List<LostTruth> tails(VolumeClient volumes, Set<Integer> cut) throws IOException {
    long epoch = volumes.highestEpoch();
    return volumes.ends().stream().filter(end -> cut.contains(end.volume()))
        .map(end -> LostTruth.ofTail(end.volume(), end.offsetBytes(), epoch)).toList();
  }

  /// Durable on return, since the store that knew them is gone.
  private static void keep(List<LostTruth> lost, KeyStore store) throws IOException {
    if (!lost.isEmpty()) {
      var batch = new KeyBatch();
      lost.forEach(truth -> truth.addTo(batch));
      store.write(batch);
      store.flush();
    }
  }

  /// The store was flushed later than this copy of it: collections may have relied on that, and what they took away
  /// would be here again.
  private static boolean isOlderCopy(KeyStore store, long flushedSequence) throws IOException {
    byte[] watermark = store.get(RowKeys.mark(Marks.WATERMARK));
    if (watermark == null || store.get(RowKeys.mark(Marks.FORMAT)) == null
        || Long.compareUnsigned(Marks.number(watermark), flushedSequence) >= 0) {
      return false;
    }
    LOG.warning("catalog.olderCopy").with("upTo", CommitSequence.text(Marks.number(watermark)))
        .with("flushed", CommitSequence.text(flushedSequence)).with("action", "rebuild").say();
    return true;
  }

  /// Another filer had the catalog since the store was used last. It may have marked needles dead that this store would
  /// have to know: what killed a row that is still here would not be replayed. So does an older copy of the store. A
  /// mark above all that volumes tell is of an owner that wrote nothing.
  private static boolean hasMissedAnOwner(KeyStore store, long highestEpoch) throws IOException {
    byte[] known = store.get(RowKeys.mark(Marks.EPOCH));
    if (known == null || Marks.number(known) >= highestEpoch) {
      return false;
    }
    LOG.warning("catalog.ofFormerOwner").with("epoch", Marks.number(known)).with("volumes", highestEpoch)
        .with("action", "rebuild").say();
    return true;
  }
}
