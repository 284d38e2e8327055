package hayloft.master.placement;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// Decides which volume serves a demand. Immutable; thread-safe.
///
/// A few volumes of each kind are open, so that several disks and writers share the load, and not many, because each
/// costs a writer thread and divides the batches of group commit. Until there are enough, a demand opens another one; then the one leased
/// least often is used, on another directory than the excepted ones if there is a choice. A volume whose disk is full for now stays open and
/// unused: it is as good as any once there is space.
public final class Placement {

  private final PlacementConfig config;

  public Placement(PlacementConfig config) {
    this.config = config;
  }

  /// @param except volumes that must not be chosen
  public Decision decide(Demand demand, Set<Integer> except, Collection<OpenVolume> open, Collection<NodeSpace> nodes) {
    List<OpenVolume> ofKind = open.stream().filter(volume -> demand.isServedBy(volume.entry())).toList();
    List<OpenVolume> serving = ofKind.stream().filter(OpenVolume::takesAppends).toList();
    Optional<OpenVolume> usable = leastUsed(serving, except);
    boolean enough = serving.size() >= config.openVolumes();
    if (enough && usable.isPresent()) {
      return new Decision.Use(usable.get().id());
    }
    var adoptable = open.stream().filter(volume -> demand.mayAdopt(volume.entry()) && volume.takesAppends())
        .filter(volume -> !except.contains(volume.id())).min(Comparator.comparingInt(OpenVolume::id));
    if (adoptable.isPresent()) {
      return new Decision.Adopt(adoptable.get().id());
    }
    Optional<NodeSpace> roomiest = roomiest(demand, nodes);
    if (roomiest.isPresent() && ofKind.size() < config.mostOpenVolumes()) {
      return new Decision.Grow(roomiest.get().node());
    }
    return usable.<Decision>map(volume -> new Decision.Use(volume.id()))
        .orElseGet(() -> new Decision.NoRoom(why(demand, ofKind, nodes)));
  }

  /// Where one more volume would go, however many are open.
  public Decision grow(Demand demand, Collection<NodeSpace> nodes) {
    return roomiest(demand, nodes).<Decision>map(node -> new Decision.Grow(node.node()))
        .orElseGet(() -> new Decision.NoRoom(why(demand, List.of(), nodes)));
  }

  private static Optional<NodeSpace> roomiest(Demand demand, Collection<NodeSpace> nodes) {
    return nodes.stream().filter(node -> node.roomBytes(demand) > 0)
        .max(Comparator.comparingLong((NodeSpace node) -> node.roomBytes(demand)).thenComparing(NodeSpace::node));
  }

  private static Optional<OpenVolume> leastUsed(List<OpenVolume> serving, Set<Integer> except) {
    Set<String> takenDirectories = serving.stream().filter(volume -> except.contains(volume.id()))
        .map(volume -> volume.status().directory()).collect(Collectors.toSet());
    return serving.stream().filter(volume -> !except.contains(volume.id()))
        .min(Comparator.comparing((OpenVolume volume) -> takenDirectories.contains(volume.status().directory()))
            .thenComparingLong(OpenVolume::leases).thenComparingInt(OpenVolume::id));
  }

  private static String why(Demand demand, List<OpenVolume> ofKind, Collection<NodeSpace> nodes) {
    if (nodes.isEmpty()) {
      return "no volume server is connected";
    }
    String disks = nodes.stream()
        .flatMap(node -> node.disks().stream().map(disk -> disk.directory() + " of " + node.node()
            + ": type \"" + disk.diskType() + "\", " + disk.freeBytes() + " bytes free, " + disk.reserveBytes()
            + " reserved, "
            + (disk.writable() ? "writable" : "not writable")))
        .collect(Collectors.joining("; "));
    return "no volume takes " + demand.purpose() + " needles of collection \"" + demand.collection()
        + "\" and disk type \""
        + demand.diskType() + "\" (" + ofKind.size() + " are open), and none can grow. Disks: " + disks;
  }
}
