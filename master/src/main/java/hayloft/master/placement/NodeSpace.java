package hayloft.master.placement;

import hayloft.common.volume.DiskStatus;
import java.util.List;

/// A connected volume server and its disks. Immutable.
public record NodeSpace(String node, List<DiskStatus> disks) {

  public NodeSpace {
    disks = List.copyOf(disks);
  }

  /// The same server without one of its directories.
  public NodeSpace without(String directory) {
    return new NodeSpace(node, disks.stream().filter(disk -> !disk.directory().equals(directory)).toList());
  }
}
