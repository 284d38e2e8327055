package hayloft.common.volume;

import hayloft.common.placement.NodeAddress;
import java.io.IOException;
import java.util.List;

/// A volume server as the master commands it. Thread-safe; its methods wait for disks.
public interface VolumeHost {

  NodeAddress address();

  /// Creates an empty writable volume. Durable on return. Creating what exists with the same spec changes nothing.
  ///
  /// @param directory where, as its [DiskStatus] names it; whether it is below its reserve is the master's business
  ///   then. Empty
  /// for the one with most free space above its reserve among those that match the disk type
  /// @throws IOException if it could not be created; nothing is left of it
  void create(VolumeSpec spec, String directory) throws IOException;

  /// Creates a volume where there is most room.
  default void create(VolumeSpec spec) throws IOException {
    create(spec, "");
  }

  /// Ends writing for good. Durable on return; sealing a sealed volume changes nothing.
  void seal(int volume) throws IOException;

  /// Lets a writable volume take no needles for a while, or take them again; it goes on being read, marked and
  /// compacted. Durable on return; appends that had begun may still end.
  ///
  /// @throws IOException if the volume is not there, or sealed for good
  void setReadOnly(int volume, boolean readOnly) throws IOException;

  List<VolumeStatus> volumes();

  List<DiskStatus> disks();
}
