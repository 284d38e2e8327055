package hayloft.filer.replay;

/// Is told how far a replay has come. Called on the replay's threads, one call at a time.
@FunctionalInterface
public interface ReplayListener {

  /// Wants to know nothing.
  ReplayListener NONE = _ -> {};

  void progress(Progress progress);

  /// How far it is.
  ///
  /// @param rebuild the catalog was lost and is made anew; false for the usual replay of what came after a checkpoint
  /// @param bytesDone bytes of volumes that were scanned or passed over
  /// @param bytesTotal bytes of volumes to scan
  /// @param needles applied so far
  /// @param damaged places in volumes that could not be read as needles
  /// @param ended nothing more follows
  record Progress(boolean rebuild, long bytesDone, long bytesTotal, long needles, long damaged, boolean ended) {}
}
