package hayloft.master.placement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class PlacementTest {

  private static final Demand DEMAND = new Demand(VolumePurpose.SMALL, "", ReplicaPlacement.NONE, "");
  private static final NodeSpace ROOMY = new NodeSpace("roomy", List.of(disk("ssd", 90)));
  private static final NodeSpace TIGHT = new NodeSpace("tight", List.of(disk("hdd", 50), disk("hdd", 20)));

  private final Placement placement = new Placement(new PlacementConfig(2, 3, 1 << 30, 100));

  private static DiskStatus disk(String type, long freeBytes) {
    return new DiskStatus("/" + type + freeBytes, type, 100, freeBytes, 10, freeBytes > 10, 0);
  }

  private static OpenVolume volume(int id, VolumePurpose purpose, String directory, long leases,
      Optional<Reason> unwritable) {
    var spec = new VolumeSpec(id, "", ReplicaPlacement.NONE, "", 1000);
    return new OpenVolume(new VolumeEntry(spec, purpose, VolumeState.WRITABLE, List.of("roomy"), Instant.EPOCH),
        new VolumeStatus(spec, VolumeState.WRITABLE, 0, 0, 0, 0, 0, 0, directory, unwritable), leases);
  }

  private static OpenVolume small(int id, String directory, long leases) {
    return volume(id, VolumePurpose.SMALL, directory, leases, Optional.empty());
  }

  @Test
  void growthGoesWhereThereIsMostRoom() {
    assertEquals(new Decision.Grow("roomy", "/ssd90"),
        placement.decide(DEMAND, Set.of(), List.of(), List.of(TIGHT, ROOMY)));
  }

  @Test
  void growthHonoursTheDiskType() {
    var onHdd = new Demand(VolumePurpose.SMALL, "", ReplicaPlacement.NONE, "hdd");
    assertEquals(new Decision.Grow("tight", "/hdd50"),
        placement.decide(onHdd, Set.of(), List.of(), List.of(TIGHT, ROOMY)));
    var onTape = new Demand(VolumePurpose.SMALL, "", ReplicaPlacement.NONE, "tape");
    assertInstanceOf(Decision.NoRoom.class, placement.decide(onTape, Set.of(), List.of(), List.of(TIGHT, ROOMY)));
  }

  @Test
  void theLeastLeasedIsUsedOnceEnoughAreOpen() {
    var open = List.of(small(1, "/ssd90", 5), small(2, "/ssd90", 3));
    assertEquals(new Decision.Use(2), placement.decide(DEMAND, Set.of(), open, List.of(ROOMY)));
  }

  @Test
  void anotherDirectoryThanTheExceptedOnesIsPreferred() {
    var open = List.of(small(1, "/ssd90", 1), small(2, "/ssd90", 1), small(3, "b", 9));
    assertEquals(new Decision.Use(3), placement.decide(DEMAND, Set.of(1), open, List.of(ROOMY)));
  }

  @Test
  void anUnassignedVolumeIsAdoptedBeforeOneGrows() {
    var open = List.of(small(1, "a", 1), volume(9, VolumePurpose.UNASSIGNED, "a", 0, Optional.empty()));
    assertEquals(new Decision.Adopt(9), placement.decide(DEMAND, Set.of(), open, List.of(ROOMY)));
  }

  @Test
  void anOpenVolumeServesWhenNoneCanGrow() {
    assertEquals(new Decision.Use(1), placement.decide(DEMAND, Set.of(), List.of(small(1, "a", 1)), List.of()));
  }

  @Test
  void growthEndsAtItsBound() {
    var open = List.of(small(1, "a", 1), small(2, "a", 1), small(3, "a", 1));
    assertInstanceOf(Decision.NoRoom.class, placement.decide(DEMAND, Set.of(1, 2, 3), open, List.of(ROOMY)));
  }

  @Test
  void aVolumeWithoutSpaceIsReplacedByOneElsewhere() {
    var open = List.of(volume(1, VolumePurpose.SMALL, "a", 1, Optional.of(Reason.NO_SPACE)), small(2, "a", 1));
    assertEquals(new Decision.Grow("roomy", "/ssd90"), placement.decide(DEMAND, Set.of(), open, List.of(ROOMY)));
  }

  private static final NodeSpace TWO_DISKS = new NodeSpace("roomy", List.of(disk("ssd", 90), disk("hdd", 20)));

  @Test
  void theOpenVolumesOfAStreamLieInDifferentDirectories() {
    assertEquals(new Decision.Grow("roomy", "/hdd20"),
        placement.decide(DEMAND, Set.of(1), List.of(small(1, "/ssd90", 1)), List.of(TWO_DISKS)), "not the roomiest");
    var both = List.of(small(1, "/ssd90", 1), small(2, "/ssd90", 1));
    assertEquals(new Decision.Grow("roomy", "/hdd20"), placement.decide(DEMAND, Set.of(), both, List.of(TWO_DISKS)),
        "also when enough are open, but side by side");
    var bulk = List.of(volume(1, VolumePurpose.BULK, "/hdd20", 1, Optional.empty()));
    assertEquals(new Decision.Grow("roomy", "/ssd90"), placement.decide(DEMAND, Set.of(), bulk, List.of(TWO_DISKS)),
        "another stream's volumes do not count");
  }

  /// A needle that is too large for what the disk has left is refused by each of its volumes.
  @Test
  void volumesWithoutRoomAreNotReplacedByOnesBesideThem() {
    var open = List.of(small(1, "/ssd90", 1), small(2, "/ssd90", 1));
    Set<Integer> both = Set.of(1, 2);
    assertInstanceOf(Decision.NoRoom.class, placement.decide(DEMAND, both, both, open, List.of(ROOMY), 0));
    assertEquals(new Decision.Grow("roomy", "/hdd20"),
        placement.decide(DEMAND, both, both, open, List.of(TWO_DISKS), 0), "but by ones elsewhere");
    assertEquals(new Decision.Grow("roomy", "/ssd90"),
        placement.decide(DEMAND, both, Set.of(), open, List.of(ROOMY), 0),
        "nor where they are excepted for something else");
  }

  @Test
  void aDiskThatFailedIsTheLastChoiceForGrowth() {
    var failed = new DiskStatus("/broken", "", 100, 99, 10, true, 1);
    var sound = new DiskStatus("/sound", "", 100, 12, 10, true, 0);
    var open = List.of(small(1, "/sound", 1));
    assertEquals(new Decision.Grow("roomy", "/sound"),
        placement.decide(DEMAND, Set.of(), open, List.of(new NodeSpace("roomy", List.of(failed, sound)))));
    assertEquals(new Decision.Grow("roomy", "/broken"),
        placement.decide(DEMAND, Set.of(), open, List.of(new NodeSpace("roomy", List.of(failed)))));
  }

  @Test
  void needlesWithoutDataGoWhereOthersDoNot() {
    var full = new DiskStatus("a", "", 1 << 30, 1 << 20, 10 << 20, false, 0);
    var nodes = List.of(new NodeSpace("roomy", List.of(full)));
    var open = List.of(volume(1, VolumePurpose.SMALL, "a", 1, Optional.of(Reason.FULL)),
        volume(2, VolumePurpose.SMALL, "a", 5, Optional.of(Reason.NO_SPACE)),
        volume(3, VolumePurpose.SMALL, "a", 0, Optional.of(Reason.FAILED)));
    assertInstanceOf(Decision.NoRoom.class, placement.decide(DEMAND, Set.of(), open, nodes));
    assertEquals(new Decision.Use(1), placement.decideWithinReserve(DEMAND, Set.of(), open, nodes));
    assertEquals(new Decision.Use(2), placement.decideWithinReserve(DEMAND, Set.of(1), open, nodes));
    assertEquals(new Decision.Grow("roomy", "a"),
        placement.decideWithinReserve(DEMAND, Set.of(1, 2), open.subList(0, 2), nodes), "in the reserve");
    var nothingLeft = List.of(new NodeSpace("roomy", List.of(new DiskStatus("a", "", 1 << 30, 100, 10, false, 0))));
    assertInstanceOf(Decision.NoRoom.class,
        placement.decideWithinReserve(DEMAND, Set.of(1, 2), open, nothingLeft), "to the last byte");
  }

  @Test
  void settingsAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> new PlacementConfig(0, 3, 1 << 30, 100));
    assertThrows(IllegalArgumentException.class, () -> PlacementConfig.DEFAULTS.withVolumeLimitBytes(33L << 30));
    assertEquals(new PlacementConfig(2, 16, 30_000_000_000L, 65_536), PlacementConfig.DEFAULTS);
  }
}
