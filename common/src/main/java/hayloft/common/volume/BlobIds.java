package hayloft.common.volume;

import hayloft.common.FileId;

/// The file ids of blobs of programs that keep them themselves, as the volumes' own port asks for them. Thread-safe;
/// answers at once.
public interface BlobIds {

  /// Whether the master opened a volume for such blobs.
  boolean isForBlobs(int volume);

  /// Whether the id was handed out by this process and nothing was written under it yet. What was handed out before a
  /// restart is not known any more: a needle that was deleted, and whose dead mark went with it, could be written
  /// again.
  boolean mayBeWritten(FileId id);

  /// Something was written under it: never again.
  void written(FileId id);
}
