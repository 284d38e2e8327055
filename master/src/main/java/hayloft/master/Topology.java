package hayloft.master;

import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeStatus;
import hayloft.master.state.VolumeEntry;
import java.util.List;

/// What the master sees at one moment, for status pages. Immutable.
///
/// @param highestVolumeId 0 while there is none
/// @param volumes the registry, by id
public record Topology(int highestVolumeId, long epoch, List<Server> servers, List<VolumeEntry> volumes) {

  public Topology {
    servers = List.copyOf(servers);
    volumes = List.copyOf(volumes);
  }

  /// @param connected whether it has registered since the master started; if not, nothing is known of its disks and
  ///   volumes
  public record Server(NodeAddress address, boolean connected, List<DiskStatus> disks, List<VolumeStatus> volumes) {
    public Server {
      disks = List.copyOf(disks);
      volumes = List.copyOf(volumes);
    }
  }
}
