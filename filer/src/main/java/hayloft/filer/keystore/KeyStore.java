package hayloft.filer.keystore;

import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import hayloft.common.placement.DiskFullException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Rows in the order of their keys, compared as unsigned bytes. Thread-safe.
///
/// A store need not survive a crash with every write, but it survives with a *prefix* of them: if a batch is there,
/// every batch that was written before it is there too. [#flush] makes the prefix whole.
public interface KeyStore extends AutoCloseable, FigureSource {

  /// How far a reader goes for a row.
  enum Reach {
    /// Waits for a disk where it must.
    DISK,
    /// Memory only; a cursor throws [NotInMemoryException] where that does not suffice.
    MEMORY
  }

  /// The value of a key, null if there is none.
  byte @Nullable [] get(byte[] key) throws IOException;

  /// Applies a batch at once: readers see all of it or nothing. The batch stays the caller's.
  ///
  /// @throws DiskFullException if there is no space; nothing of it was applied, and it may be tried again
  void write(KeyBatch batch) throws IOException;

  /// The same without waiting: false if the store would hold the writer up for a while, and then nothing of it was
  /// applied.
  boolean writeNow(KeyBatch batch) throws IOException;

  /// Throws if the store is known to take no writes for lack of space: to be asked before doing what rows must follow.
  ///
  /// @throws DiskFullException if so; it takes them again by itself once there is space
  void requireSpace() throws IOException;

  /// Rows with `from <= key < to` as they stand now; later writes do not show. Not positioned yet. The caller closes
  /// it.
  KeyCursor cursor(byte[] from, byte[] to, Reach reach);

  /// Makes every write so far survive a crash.
  ///
  /// @throws DiskFullException if there is no space; nothing is lost but the guarantee
  void flush() throws IOException;

  /// Bytes of memory and files, for metrics.
  StoreSizes sizes();

  /// What the store's own machinery has to tell; nothing, if it has none.
  @Override
  default void tell(Figures into) {}

  /// Gives everything back. What was not flushed may be lost. Waits for cursors that are open; whoever has one may
  /// still call the store, which refuses then.
  @Override
  void close();
}
