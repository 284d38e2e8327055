package hayloft.master.placement;

import hayloft.common.volume.DiskStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Decides which volume serves a demand. Immutable; thread-safe.
///
/// A few volumes of each kind are open, so that several disks and writers share the load, and not many, because each
/// costs a writer thread and divides the batches of group commit. Until there are enough, a demand opens another one;
/// then the one leased least often is used, on another directory than the excepted ones if there is a choice. A volume
/// whose disk is full for now stays open and unused: it is as good as any once there is space. One that has no room for
/// a needle is not replaced by one beside it, which would have none, either.
public final class Placement {

  /// Free space of a disk on which a volume may still grow for commit needles without data: it takes some 50 KB itself.
  private static final long LEAST_GROWTH_BYTES = 256 << 10;

  private final PlacementConfig config;

  public Placement(PlacementConfig config) {
    this.config = config;
  }

  /// @param except volumes that must not be chosen
  public Decision decide(Demand demand, Set<Integer> except, Collection<OpenVolume> open, Collection<NodeSpace> nodes) {
    return decide(demand, except, Set.of(), open, nodes, 0);
  }

  /// @param withoutRoom of the excepted volumes, those whose disk has no room for the needle in question
  /// @param nodes without the directories where nothing may be created now
  /// @param coming volumes for this demand that are being created
  public Decision decide(Demand demand, Set<Integer> except, Set<Integer> withoutRoom, Collection<OpenVolume> open,
      Collection<NodeSpace> nodes, int coming) {
    List<OpenVolume> ofKind = open.stream().filter(volume -> demand.isServedBy(volume.entry())).toList();
    List<OpenVolume> serving = ofKind.stream().filter(OpenVolume::takesAppends).toList();
    Optional<OpenVolume> usable = leastUsed(serving, except);
    boolean enough = serving.size() + coming >= config.openVolumes()
        && (coming > 0 || isSpread(serving, demand, nodes));
    if (enough && usable.isPresent()) {
      return new Decision.Use(usable.get().id());
    }
    var adoptable = open.stream().filter(volume -> demand.mayAdopt(volume.entry()) && volume.takesAppends())
        .filter(volume -> !except.contains(volume.id())).min(Comparator.comparingInt(OpenVolume::id));
    if (adoptable.isPresent()) {
      return new Decision.Adopt(adoptable.get().id());
    }
    if (enough && coming > 0) {
      return new Decision.Await();
    }
    boolean tooFew = serving.size() + coming < config.openVolumes();
    List<OpenVolume> crowded = serving.stream().filter(volume -> withoutRoom.contains(volume.id())).toList();
    Optional<Place> best = best(demand, serving, nodes,
        place -> place.disk.writable() && (tooFew || crowded.stream().noneMatch(place::holds)));
    if (best.isPresent() && ofKind.size() + coming < config.mostOpenVolumes()) {
      return best.get().grow();
    }
    return usable.<Decision>map(volume -> new Decision.Use(volume.id()))
        .orElseGet(() -> coming > 0 ? new Decision.Await() : new Decision.NoRoom(why(demand, ofKind, nodes)));
  }

  /// Decides for commit needles without data, when no volume takes data: they may go where the disk is below its
  /// reserve, and into the last piece of a full volume, and if need be a volume grows in the reserve.
  ///
  /// @param except volumes that must not be chosen
  public Decision decideWithinReserve(Demand demand, Set<Integer> except, Collection<OpenVolume> open,
      Collection<NodeSpace> nodes) {
    return decideWithinReserve(demand, except, open, nodes, 0);
  }

  /// @param nodes without the directories where nothing may be created now
  /// @param coming volumes for this demand that are being created
  public Decision decideWithinReserve(Demand demand, Set<Integer> except, Collection<OpenVolume> open,
      Collection<NodeSpace> nodes, int coming) {
    List<OpenVolume> ofKind = open.stream().filter(volume -> demand.isServedBy(volume.entry())).toList();
    Optional<OpenVolume> usable = leastUsed(ofKind.stream().filter(OpenVolume::takesAppends).toList(), except)
        .or(() -> leastUsed(ofKind.stream().filter(OpenVolume::takesCommits).toList(), except));
    if (usable.isPresent()) {
      return new Decision.Use(usable.get().id());
    }
    var adoptable = open.stream().filter(volume -> demand.mayAdopt(volume.entry()) && volume.takesCommits())
        .filter(volume -> !except.contains(volume.id())).min(Comparator.comparingInt(OpenVolume::id));
    if (adoptable.isPresent()) {
      return new Decision.Adopt(adoptable.get().id());
    }
    if (coming > 0) {
      return new Decision.Await();
    }
    Optional<Place> best = best(demand, List.of(), nodes,
        place -> place.disk.freeBytes() >= LEAST_GROWTH_BYTES);
    return best.isPresent() && ofKind.size() < config.mostOpenVolumes()
        ? best.get().grow()
        : new Decision.NoRoom(why(demand, ofKind, nodes));
  }

  /// Where one more volume would go, however many are open.
  public Decision grow(Demand demand, Collection<OpenVolume> open, Collection<NodeSpace> nodes) {
    List<OpenVolume> serving = open.stream()
        .filter(volume -> demand.isServedBy(volume.entry()) && volume.takesAppends()).toList();
    return best(demand, serving, nodes, place -> place.disk.writable()).<Decision>map(Place::grow)
        .orElseGet(() -> new Decision.NoRoom(why(demand, List.of(), nodes)));
  }

  /// One directory of one node.
  private record Place(String node, DiskStatus disk) {
    Decision.Grow grow() {
      return new Decision.Grow(node, disk.directory());
    }

    boolean holds(OpenVolume volume) {
      return volume.entry().nodes().contains(node) && volume.status().directory().equals(disk.directory());
    }

    long roomBytes() {
      return disk.freeBytes() - disk.reserveBytes();
    }
  }

  private static Stream<Place> places(Demand demand, Collection<NodeSpace> nodes) {
    return nodes.stream().flatMap(node -> node.disks().stream().filter(disk -> demand.isMetBy(disk.diskType()))
        .map(disk -> new Place(node.node(), disk)));
  }

  /// The open volumes of a kind lie in different directories, so that they share disks and not a fate: first the disks
  /// that have not failed, of these the one with fewest volumes of the kind, then the one with most room.
  private static Optional<Place> best(Demand demand, List<OpenVolume> serving, Collection<NodeSpace> nodes,
      Predicate<Place> mayGrow) {
    return places(demand, nodes).filter(mayGrow)
        .min(Comparator.comparingLong((Place place) -> place.disk.failures())
            .thenComparingLong(place -> serving.stream().filter(place::holds).count())
            .thenComparing(Comparator.comparingLong(Place::roomBytes).reversed())
            .thenComparing(Place::node).thenComparing(place -> place.disk.directory()));
  }

  /// Whether the volumes lie in as many directories as they could.
  private boolean isSpread(List<OpenVolume> serving, Demand demand, Collection<NodeSpace> nodes) {
    List<Place> sound = places(demand, nodes).filter(place -> place.disk.writable() && place.disk.failures() == 0)
        .toList();
    long used = sound.stream().filter(place -> serving.stream().anyMatch(place::holds)).count();
    return used >= Math.min(config.openVolumes(), sound.size());
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
