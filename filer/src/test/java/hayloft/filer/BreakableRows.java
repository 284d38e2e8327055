package hayloft.filer;

import hayloft.common.metrics.Figures;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.StoreSizes;
import java.io.IOException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A key store whose changes fail when a test wants it. Thread-safe.
final class BreakableRows {

  /// What is asked of a key store.
  enum Call {
    WRITE,
    FLUSH,
    ASK_FOR_SPACE
  }

  /// Throws to let a call fail.
  @FunctionalInterface
  interface Fault {
    void at(Call call) throws IOException;
  }

  private volatile Fault fault = _ -> {};

  /// From now on these calls fail as on a disk that answers EIO.
  void breakAt(Predicate<Call> calls) {
    failWith(call -> {
      if (calls.test(call)) {
        throw new IOException("IO error: EIO");
      }
    });
  }

  void failWith(Fault next) {
    fault = next;
  }

  void mend() {
    fault = _ -> {};
  }

  /// An opener whose stores lie on these.
  StoreOpener under(StoreOpener opener) {
    return new StoreOpener() {
      @Override
      public KeyStore open() throws IOException {
        return new Breakable(opener.open());
      }

      @Override
      public long flushedSequence() {
        return opener.flushedSequence();
      }

      @Override
      public void discard() throws IOException {
        opener.discard();
      }

      @Override
      public void serves() {
        opener.serves();
      }

      @Override
      public void distrust() throws IOException {
        opener.distrust();
      }

      @Override
      public void flushed(long sequence) throws IOException {
        opener.flushed(sequence);
      }
    };
  }

  private final class Breakable implements KeyStore {
    private final KeyStore store;

    Breakable(KeyStore store) {
      this.store = store;
    }

    @Override
    public byte @Nullable [] get(byte[] key) throws IOException {
      return store.get(key);
    }

    @Override
    public void write(KeyBatch batch) throws IOException {
      fault.at(Call.WRITE);
      store.write(batch);
    }

    @Override
    public boolean writeNow(KeyBatch batch) throws IOException {
      fault.at(Call.WRITE);
      return store.writeNow(batch);
    }

    @Override
    public void requireSpace() throws IOException {
      fault.at(Call.ASK_FOR_SPACE);
      store.requireSpace();
    }

    @Override
    public KeyCursor cursor(byte[] from, byte[] to, Reach reach) {
      return store.cursor(from, to, reach);
    }

    @Override
    public void flush() throws IOException {
      fault.at(Call.FLUSH);
      store.flush();
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
      store.close();
    }
  }
}
