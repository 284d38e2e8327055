package hayloft.common.placement;

import hayloft.common.volume.VolumeUnwritableException;
import java.io.IOException;

/// The master, as filers use it. Thread-safe; its methods wait. In one process it is the master itself.
public interface MasterClient {

  /// Leases a writable volume and a range of keys, creating volumes as needed. The range is persisted before it is
  /// returned, so no key is ever handed out twice.
  ///
  /// @throws NoWritableVolumeException if there is no room
  /// @throws IllegalArgumentException if the placement cannot be served (anything but 000 until replication exists)
  VolumeLease lease(LeaseRequest request) throws IOException;

  /// Tells that a volume refused appends for good (full, failed): the master seals it and leases it no more.
  void reportUnwritable(int volume) throws IOException;

  /// The same with what the volume gave as the reason when it refused. What it says when it is asked counts more: it
  /// may take appends again.
  default void reportUnwritable(int volume, VolumeUnwritableException.Reason reason) throws IOException {
    reportUnwritable(volume);
  }

  /// Gives the caller the catalog: a new epoch above `floor` and above every one given before. Persisted before return.
  /// If `floor` lies above all that the master remembers it has forgotten some, and leaves a gap for those that it
  /// cannot know of.
  ///
  /// @param floor the highest epoch in any needle, fence or mark of the catalog
  CatalogTerm takeCatalog(long floor) throws IOException;

  /// Tells that a volume is gone for good: retired or given up. Its id is never handed out again, nor any below
  /// `highestId`.
  void retired(int volume, int highestId) throws IOException;

  /// Whether a volume was created that is not told to be gone for good ([#retired]), be it there now or missing.
  boolean isKnown(int volume) throws IOException;
}
