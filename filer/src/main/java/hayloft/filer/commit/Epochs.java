package hayloft.filer.commit;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes epochs from the master: each above every one that any needle, fence, mark of the key store or the master's own
/// log tells of. Used by one thread at a time.
///
/// Until the first fence is raised a former owner may have gone on writing. What it wrote after the replay is looked
/// for then, and if there is any this process does not know all rows and stops.
///
/// The mark in the key store is durable before the fence is raised and before the first needle is written. So a store
/// whose mark lies below what volumes tell has missed an owner; one whose mark lies above has only seen a start that
/// wrote nothing.
public final class Epochs implements Sequences.Terms {

  private static final EventLog LOG = EventLog.of(Epochs.class);

  private final MasterClient master;
  private final VolumeClient volumes;
  private final KeyStore store;
  private final FailStop failStop;
  private final List<VolumePosition> replayed;
  private long known;
  /// What the master gave last. It is of use until it is known: no mark of an epoch that is not known is relied on.
  private @Nullable CatalogTerm given;
  private boolean lookedForOthers;

  /// @param known the highest epoch whose needles are all in the rows
  /// @param replayed up to where
  public Epochs(MasterClient master, VolumeClient volumes, KeyStore store, FailStop failStop, long known,
      List<VolumePosition> replayed) {
    this.master = master;
    this.volumes = volumes;
    this.store = store;
    this.failStop = failStop;
    this.known = known;
    this.replayed = List.copyOf(replayed);
  }

  @Override
  public long take() throws IOException {
    failStop.check();
    long used = volumes.highestEpoch();
    if (used > known) {
      throw another("volumes have seen epoch " + used + ", this process knows of " + known + " only");
    }
    CatalogTerm term = given;
    if (term == null || term.epoch() <= known) { // else the one whose mark could not be put: epochs are not many
      term = master.takeCatalog(known);
      given = term;
    }
    if (term.epoch() <= known) {
      throw new IOException("the master gave epoch " + term.epoch() + ", which is not above " + known);
    }
    if (term.epoch() > CommitSequence.MAX_EPOCH) { // before anything keeps it
      throw new IOException("all epochs are spent: volumes tell of " + known + ", the master gave " + term.epoch());
    }
    var mark = new KeyBatch();
    mark.put(RowKeys.mark(Marks.EPOCH), Marks.number(term.epoch()));
    try {
      store.write(mark);
      store.flush();
    } catch (IOException e) {
      failStop.check(); // if that has stopped the catalog: nothing was done that was asked for
      throw e;
    }
    known = term.epoch();
    LOG.info("catalog.taken").with("epoch", term.epoch()).with("predecessor", term.predecessor()).say();
    return term.epoch();
  }

  @Override
  public void prepareFence(long epoch) throws IOException {
    requireNewest(epoch);
    volumes.prepareFence(epoch);
  }

  private void requireNewest(long epoch) throws IOException {
    failStop.check();
    long used = volumes.highestEpoch();
    if (used > epoch) { // it may be long ago that this one was taken
      throw another("volumes have seen epoch " + used + ", this process was given " + epoch);
    }
  }

  @Override
  public void fence(long epoch) throws IOException {
    requireNewest(epoch);
    volumes.fence(epoch);
    if (!lookedForOthers) {
      requireNothingNew();
      lookedForOthers = true;
    }
  }

  private IOException another(String why) {
    var another = new IOException(why + ": another process has written to this store since it was opened");
    failStop.giveWay("another process took the catalog over; stop one of the two", another);
    return new RestartNeededException(String.valueOf(another.getMessage()), another);
  }

  /// This process has written nothing yet. A volume of another generation was compacted, which only this process does.
  private void requireNothingNew() throws IOException {
    for (VolumePosition end : volumes.ends()) {
      VolumePosition from = replayed.stream().filter(position -> position.volume() == end.volume()).findFirst()
          .orElseGet(() -> VolumePosition.start(end.volume()));
      boolean mayBeNew = from.offsetBytes() == 0
          || from.generation() == end.generation() && end.offsetBytes() > from.offsetBytes();
      if (mayBeNew) {
        volumes.scan(from, new NeedleVisitor() {
          @Override
          public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes)
              throws IOException {
            throw another("needle " + id + " of " + CommitSequence.text(sequence) + " is there");
          }

          @Override
          public void damaged(DamagedNeedle needle) {}
        });
      }
    }
  }
}
