package hayloft.volume.store;

import hayloft.volume.disk.Disk;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Room that compactions have claimed for their copies, by file system, so that two at a time (of directories that
/// share one, or one by hand beside one in the background) do not both count on the same bytes. Thread-safe.
///
/// A claim counts in full until it is given back, while the copy uses up what it claimed: so the room that is left
/// seems smaller than it is, and another compaction rather waits than takes the reserve.
final class ClaimedRoom {
  private final Map<Object, Long> claimedBytes = new ConcurrentHashMap<>();

  /// Room that is spoken for until it is closed.
  interface Claim extends AutoCloseable {
    @Override
    void close();
  }

  /// Claims room, if there is so much besides what others have claimed. It is entered before the file system is asked,
  /// so no lock is held over that, and two who claim at once may both be refused, but never both be let in.
  ///
  /// @param leaveBytes that must be left besides
  /// @return empty if there is too little room
  Optional<Claim> claim(Disk disk, long bytes, long leaveBytes) throws IOException {
    Object fileSystem = disk.fileSystem();
    long all = claimedBytes.merge(fileSystem, bytes, Long::sum);
    boolean granted = false;
    try {
      granted = disk.usableBytes() - all >= leaveBytes;
      return granted ? Optional.of(() -> giveBack(fileSystem, bytes)) : Optional.empty();
    } finally {
      if (!granted) {
        giveBack(fileSystem, bytes);
      }
    }
  }

  private void giveBack(Object fileSystem, long bytes) {
    claimedBytes.computeIfPresent(fileSystem, (_, claimed) -> claimed == bytes ? null : claimed - bytes);
  }
}
