package hayloft.filer.commit;

import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.MasterClient;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;

/// Takes epochs from the master: each above every one that any needle, fence, mark of the key store or the master's own log tells of. Used by
/// one thread at a time.
///
/// The mark in the key store is durable before the fence is raised and before the first needle is written. So a store whose mark lies below
/// what volumes tell has missed an owner; one whose mark lies above has only seen a start that wrote nothing.
public final class Epochs implements Sequences.Terms {

  private static final System.Logger LOG = System.getLogger(Epochs.class.getName());

  private final MasterClient master;
  private final VolumeClient volumes;
  private final KeyStore store;
  private final FailStop failStop;
  private long known;

  /// @param known the highest epoch whose needles are all in the rows
  public Epochs(MasterClient master, VolumeClient volumes, KeyStore store, FailStop failStop, long known) {
    this.master = master;
    this.volumes = volumes;
    this.store = store;
    this.failStop = failStop;
    this.known = known;
  }

  @Override
  public long take() throws IOException {
    failStop.check();
    long used = volumes.highestEpoch();
    if (used > known) {
      var another = new IOException("volumes have seen epoch " + used + ", this process knows of " + known
          + " only: another process has written to this store since it was opened");
      failStop.trip("another process took the catalog over; stop one of the two", another);
      throw another;
    }
    CatalogTerm term = master.takeCatalog(known);
    if (term.epoch() <= known) {
      throw new IOException("the master gave epoch " + term.epoch() + ", which is not above " + known);
    }
    var mark = new KeyBatch();
    mark.put(RowKeys.mark(Marks.EPOCH), Marks.number(term.epoch()));
    store.write(mark);
    store.flush();
    known = term.epoch();
    LOG.log(System.Logger.Level.INFO, "event=catalog_taken epoch={0} predecessor={1}", Long.toString(term.epoch()),
        Long.toString(term.predecessor()));
    return term.epoch();
  }

  @Override
  public void fence(long epoch) throws IOException {
    volumes.fence(epoch);
  }
}
