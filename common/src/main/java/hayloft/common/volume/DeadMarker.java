package hayloft.common.volume;

import java.io.IOException;
import java.util.List;

/// Marks needles dead for good: the owner of the catalog, whose books say so. Thread-safe; waits for disks.
///
/// A volume only keeps a cache of what these books say ([VolumeClient#markDead]), so nobody else can kill a needle
/// durably.
@FunctionalInterface
public interface DeadMarker {

  /// On return the needles are gone for every reader, whatever crashes or is lost. Marking twice changes nothing.
  void markDead(int volume, List<Long> keys) throws IOException;
}
