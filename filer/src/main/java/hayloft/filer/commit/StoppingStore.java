package hayloft.filer.commit;

import hayloft.common.metrics.Figures;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.RestartNeededException;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.StoreSizes;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The key store of a catalog that serves: a fault of a change stops the catalog ([FailStop]), whoever asked for the
/// change. Thread-safe.
///
/// What the store's files have failed on once it may refuse for ever, and of a batch that failed it is not known what a
/// crash would leave; the next start reads it back. That there is no space is no fault: it passes.
///
/// Once the catalog has stopped, for whatever reason, nothing is changed any more. Reads go on.
public final class StoppingStore implements KeyStore {

  private final KeyStore store;
  private final FailStop failStop;
  private volatile boolean closed;

  /// Takes the store.
  public StoppingStore(KeyStore store, FailStop failStop) {
    this.store = store;
    this.failStop = failStop;
  }

  @Override
  public byte @Nullable [] get(byte[] key) throws IOException {
    return store.get(key);
  }

  @Override
  public KeyCursor cursor(byte[] from, byte[] to, Reach reach) {
    return store.cursor(from, to, reach);
  }

  /// @throws RestartNeededException if the catalog had stopped before: nothing of the batch was applied
  @Override
  public void write(KeyBatch batch) throws IOException {
    failStop.check();
    try {
      store.write(batch);
    } catch (IOException e) {
      stopAfter("rows could not be put", e);
      throw e;
    }
  }

  /// @throws RestartNeededException if the catalog had stopped before: nothing of the batch was applied
  @Override
  public boolean writeNow(KeyBatch batch) throws IOException {
    failStop.check();
    try {
      return store.writeNow(batch);
    } catch (IOException e) {
      stopAfter("rows could not be put", e);
      throw e;
    }
  }

  /// @throws RestartNeededException if the catalog has stopped, since the store cannot even be asked for instance
  @Override
  public void requireSpace() throws IOException {
    failStop.check();
    try {
      store.requireSpace();
    } catch (IOException e) {
      stopAfter("a store without space could not be asked whether it has some again", e);
      failStop.check(); // nothing was done yet
      throw e;
    }
  }

  @Override
  public void flush() throws IOException {
    failStop.check();
    try {
      store.flush();
    } catch (IOException e) {
      stopAfter("rows could not be made to survive a crash", e);
      throw e;
    }
  }

  /// Whoever comes after the end has not met a fault.
  private void stopAfter(String what, IOException fault) {
    if (!(fault instanceof DiskFullException) && !closed) {
      failStop.trip(what, fault);
    }
  }

  @Override
  public StoreSizes sizes() {
    return store.sizes();
  }

  @Override
  public void tell(Figures into) {
    store.tell(into);
  }

  @Override
  public void close() {
    closed = true;
    store.close();
  }
}
