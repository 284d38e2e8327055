package hayloft.filer;

import hayloft.filer.commit.Checkpointer;
import hayloft.filer.keystore.KeyStore;
import java.io.IOException;

/// Opens and discards the key store of a catalog.
interface StoreOpener extends Checkpointer.FlushRecord {
  KeyStore open() throws IOException;

  /// What was [#flushed] last, by the same or another process; 0 if that is not known.
  long flushedSequence();

  void discard() throws IOException;

  /// The start is over: until then who starts deals with damage that is met, from now on nobody does before the next
  /// start.
  void serves();

  /// The next opening discards what is there. Durable on return.
  void distrust() throws IOException;
}
