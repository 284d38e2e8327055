package hayloft.master;

import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeStatus;
import hayloft.master.placement.NodeSpace;
import hayloft.master.state.VolumeEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/// The volume servers that are connected. They are asked by the thread that wants to know, which holds no lock of the
/// master meanwhile. Thread-safe.
final class Servers {

  private final Map<String, VolumeHost> byNode = new ConcurrentSkipListMap<>();

  /// What they answered. Immutable.
  ///
  /// @param volumes by id
  record Answers(Map<Integer, VolumeStatus> volumes, List<NodeSpace> space) {}

  void connect(String node, VolumeHost host) {
    byNode.put(node, host);
  }

  int count() {
    return byNode.size();
  }

  Optional<VolumeHost> on(String node) {
    return Optional.ofNullable(byNode.get(node));
  }

  Answers ask() {
    Map<Integer, VolumeStatus> volumes = new HashMap<>();
    List<NodeSpace> space = new ArrayList<>();
    byNode.forEach((node, host) -> {
      host.volumes().forEach(status -> volumes.put(status.spec().id(), status));
      space.add(new NodeSpace(node, host.disks()));
    });
    return new Answers(Map.copyOf(volumes), List.copyOf(space));
  }

  /// The connected servers of a volume that report it.
  List<VolumeHost> holding(VolumeEntry volume) {
    return volume.nodes().stream().flatMap(node -> on(node).stream())
        .filter(host -> statusOn(host, volume.id()).isPresent()).toList();
  }

  Optional<VolumeStatus> status(VolumeEntry volume) {
    return volume.nodes().stream().flatMap(node -> on(node).stream())
        .flatMap(host -> statusOn(host, volume.id()).stream()).findFirst();
  }

  private static Optional<VolumeStatus> statusOn(VolumeHost host, int volume) {
    return host.volumes().stream().filter(status -> status.spec().id() == volume).findFirst();
  }
}
