package hayloft.master.placement;

import hayloft.common.volume.DiskStatus;
import java.util.List;

/// A connected volume server and its disks. Immutable.
public record NodeSpace(String node, List<DiskStatus> disks) {

  public NodeSpace {
    disks = List.copyOf(disks);
  }

  /// Bytes above the reserves of the disks that could take a new volume; 0 if none could.
  long roomBytes(Demand demand) {
    return disks.stream().filter(disk -> disk.writable() && demand.isMetBy(disk.diskType()))
        .mapToLong(disk -> Math.max(0, disk.freeBytes() - disk.reserveBytes())).sum();
  }
}
