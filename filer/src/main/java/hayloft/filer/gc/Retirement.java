package hayloft.filer.gc;

import java.io.IOException;

/// What the collector asks of the books on volumes.
public interface Retirement {

  /// Whether a volume is retired or given up, for good.
  boolean isGone(int volume);

  /// Takes a volume in which nothing lives out of the store; durable on return, and may be done again.
  void retire(int volume, int generation) throws IOException;

  /// Marks that are over by rule go.
  void dropMarksThatAreOver() throws IOException;
}
