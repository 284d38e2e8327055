package hayloft.common.volume;

import hayloft.common.placement.NodeAddress;
import java.io.IOException;
import java.util.List;

/// A volume server as the master commands it. Thread-safe; its methods wait for disks.
public interface VolumeHost {

  NodeAddress address();

  /// Creates an empty writable volume on the directory with most free space among those that match the disk type.
  /// Durable on return. Creating what exists with the same spec changes nothing.
  ///
  /// @throws IOException if no directory can take it
  void create(VolumeSpec spec) throws IOException;

  /// Ends writing for good. Durable on return; sealing a sealed volume changes nothing.
  void seal(int volume) throws IOException;

  List<VolumeStatus> volumes();

  List<DiskStatus> disks();
}
