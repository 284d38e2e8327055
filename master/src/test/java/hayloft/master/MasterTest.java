package hayloft.master;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.NeedleStream;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.placement.VolumeLease;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.master.log.SimulatedLogFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class MasterTest {

  private static final InstantSource CLOCK = InstantSource.fixed(Instant.EPOCH);

  @TempDir
  private Path directory = Path.of("");

  private final FakeVolumeHost host = new FakeVolumeHost("one");

  private Master open() throws IOException {
    return Master.open(directory.resolve("master"), MasterConfig.DEFAULTS, CLOCK);
  }

  private Master openWithHost() throws IOException {
    Master master = open();
    master.register(host);
    return master;
  }

  private static LeaseRequest small(Integer... except) {
    return new LeaseRequest(NeedleStream.SMALL, "", ReplicaPlacement.NONE, "", SpaceClaim.DATA, Set.of(except));
  }

  private static LeaseRequest bulk() {
    return new LeaseRequest(NeedleStream.BULK, "", ReplicaPlacement.NONE, "", SpaceClaim.DATA, Set.of());
  }

  @Test
  void leasesOpenAFewVolumesPerStreamAndThenTakeTurns() throws IOException {
    try (Master master = openWithHost()) {
      List<Integer> volumes = List.of(master.lease(small()).volume(), master.lease(small()).volume(),
          master.lease(small()).volume(), master.lease(small()).volume());
      assertEquals(List.of(1, 2, 1, 2), volumes);
      assertEquals(3, master.lease(bulk()).volume());
      assertEquals(4, master.lease(bulk()).volume());
      assertEquals(4, host.volumes.size());
    }
  }

  @Test
  void keyRangesDoNotOverlap() throws IOException {
    try (Master master = openWithHost()) {
      VolumeLease one = master.lease(small());
      VolumeLease two = master.lease(small());
      assertEquals(one.firstKey() + one.keyCount(), two.firstKey());
    }
  }

  @Test
  void exceptedVolumesAreNotLeased() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      int two = master.lease(small()).volume();
      int three = master.lease(small(one, two)).volume();
      assertEquals(Set.of(1, 2, 3), Set.of(one, two, three));
      var withoutRoom = new LeaseRequest(NeedleStream.SMALL, "", ReplicaPlacement.NONE, "", SpaceClaim.DATA,
          Set.of(one, two, three), Set.of(two));
      assertThrows(NoWritableVolumeException.class, () -> master.lease(withoutRoom),
          "a fourth one on that disk would have no room, either");
    }
  }

  @Test
  void aFullVolumeIsSealedAndReplaced() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      host.change(one, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.FULL));
      master.reportUnwritable(one);
      assertNotEquals(one, master.lease(small()).volume());
      master.lease(small());
      assertEquals(VolumeState.SEALED, host.volumes().getFirst().state());
      assertNotEquals(one, master.lease(small()).volume());
    }
  }

  @Test
  void volumesThatFillUpOneAfterTheOtherAreAllSealed() throws IOException {
    try (Master master = openWithHost()) {
      int volume = master.lease(small()).volume();
      for (int i = 0; i < 100; i++) {
        host.change(volume, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.FULL));
        master.reportUnwritable(volume, Reason.FULL);
        volume = master.lease(small(volume)).volume();
      }
      assertEquals(100, host.volumes().stream().filter(status -> status.state() == VolumeState.SEALED).count());
    }
  }

  private static LeaseRequest smallWithoutData(Integer... except) {
    return new LeaseRequest(NeedleStream.SMALL, "", ReplicaPlacement.NONE, "", SpaceClaim.RESERVE, Set.of(except));
  }

  @Test
  void theLastVolumeStaysOpenForDeletesUntilAnotherCanBeOpened() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      host.freeBytes = 100 << 10;
      host.change(one, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.FULL));
      master.reportUnwritable(one);
      assertEquals(VolumeState.WRITABLE, host.volumes().getFirst().state());
      assertThrows(NoWritableVolumeException.class, () -> master.lease(small()));
      assertEquals(one, master.lease(smallWithoutData()).volume());
      host.freeBytes = 100L << 30;
      int two = master.lease(small()).volume();
      assertNotEquals(one, two);
      assertEquals(two, master.lease(smallWithoutData()).volume());
      assertEquals(VolumeState.SEALED, host.volumes().getFirst().state());
    }
  }

  @Test
  void aVolumeMarkedReadOnlyIsNotLeasedAndNotSealedUntilItIsMarkedWritable() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      int two = master.lease(small()).volume();
      master.markReadOnly(one, true);
      master.reportUnwritable(one);
      for (int i = 0; i < 6; i++) {
        assertNotEquals(one, master.lease(small()).volume());
      }
      assertNotEquals(one, master.lease(smallWithoutData()).volume());
      assertEquals(VolumeState.WRITABLE, host.volumes().getFirst().state());
      master.markReadOnly(one, false);
      assertEquals(one, master.lease(small(two, 3)).volume());
      assertThrows(IllegalArgumentException.class, () -> master.markReadOnly(99, true));
    }
  }

  @Test
  void aVolumeThatIsWritableAgainWhenItsRefusalIsReportedIsNotSealed() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      master.lease(small());
      for (Reason refused : Reason.values()) { // compaction or more space came in between
        host.change(one, VolumeState.WRITABLE, 1000, 0, Optional.empty());
        master.reportUnwritable(one, refused);
        master.reportUnwritable(one);
        assertEquals(VolumeState.WRITABLE, host.volumes().getFirst().state(), refused.toString());
      }
      host.volumes.remove(one); // nobody knows what it is
      master.reportUnwritable(one, Reason.FAILED);
      assertEquals(VolumeState.WRITABLE, master.topology().volumes().getFirst().state());
    }
  }

  /// Else it would stay open for nobody: who was refused does not ask for it again.
  @Test
  void aVolumeThatTookNoMoreAndIsHalfFullOrMoreIsSealedThoughSomeNeedlesFit() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      host.change(one, VolumeState.WRITABLE, 29_000_000_000L, 0, Optional.empty());
      master.reportUnwritable(one, Reason.FULL);
      assertEquals(VolumeState.WRITABLE, host.volumes().getFirst().state()); // the last one, which takes deletes
      master.lease(small());
      master.reportUnwritable(one, Reason.FAILED);
      assertEquals(VolumeState.WRITABLE, host.volumes().getFirst().state());
      master.reportUnwritable(one, Reason.FULL);
      assertEquals(VolumeState.SEALED, host.volumes().getFirst().state());
    }
  }

  @Test
  void aVolumeWithoutSpaceIsPassedOverForAWhileOnly() throws IOException {
    try (Master master = openWithHost()) {
      int one = master.lease(small()).volume();
      int two = master.lease(small()).volume();
      host.freeBytes = 0;
      host.change(one, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.NO_SPACE));
      host.change(two, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.NO_SPACE));
      master.reportUnwritable(one);
      var refusal = assertThrows(NoWritableVolumeException.class, () -> master.lease(small()));
      assertTrue(refusal.toString().contains("0 bytes free"), refusal.toString());
      host.change(one, VolumeState.WRITABLE, 0, 0, Optional.empty());
      assertEquals(one, master.lease(small()).volume());
    }
  }

  @Test
  void aServerThatCannotCreateIsPassedOver() throws IOException {
    var other = new FakeVolumeHost("two");
    try (Master master = openWithHost()) {
      master.register(other);
      host.freeBytes = other.freeBytes * 2;
      host.refusesToCreate = true;
      assertEquals(2, master.lease(small()).volume()); // id 1 is spent
      assertEquals(Set.of(2), other.volumes.keySet());
      assertEquals(List.of(other.address()), master.lookup(2));
    }
  }

  @Test
  void replicationIsRefusedClearly() throws IOException {
    try (Master master = openWithHost()) {
      var request = new LeaseRequest(NeedleStream.SMALL, "", ReplicaPlacement.parse("001"), "", SpaceClaim.DATA,
          Set.of());
      var refusal = assertThrows(IllegalArgumentException.class, () -> master.lease(request));
      assertEquals("replication 001 cannot be served yet: this version keeps one copy, use 000", refusal.getMessage());
    }
  }

  @Test
  void epochsRiseAboveTheFloorAndAcrossRestarts() throws IOException {
    try (Master master = open()) {
      assertEquals(1, master.takeCatalog(0).epoch());
      assertEquals(1032, master.takeCatalog(7).epoch()); // 1,024 are left out: the log forgot some
    }
    try (Master master = open()) {
      assertEquals(1033, master.takeCatalog(3).epoch());
    }
  }

  @Test
  void aLostLogIsRecoveredFromWhatTheVolumesReport() throws IOException {
    host.add(spec(12), VolumeState.WRITABLE, 5000);
    host.add(spec(3), VolumeState.SEALED, 70);
    try (Master master = open()) {
      assertEquals(List.of(3, 12), master.register(host).adopted());
      VolumeLease adopted = master.lease(small());
      assertEquals(12, adopted.volume());
      assertTrue(adopted.firstKey() > 5000 + (1L << 31), "unused keys of lost leases are skipped: " + adopted);
      assertTrue(master.lease(small()).volume() > 12 + 100);
      assertEquals(List.of(host.address()), master.lookup(3));
    }
  }

  @Test
  void missingVolumesAreReportedAndNotLeased() throws IOException {
    int lost;
    try (Master master = openWithHost()) {
      lost = master.lease(small()).volume();
    }
    host.volumes.remove(lost);
    try (Master master = open()) {
      assertEquals(List.of(lost), master.register(host).missing());
      assertNotEquals(lost, master.lease(small()).volume());
      assertEquals(List.of(), master.lookup(lost));
      assertTrue(master.isKnown(lost), "whoever forgot about it must hear that it is missing");
      assertFalse(master.isKnown(lost + 1000));
      master.retired(lost, 0);
      assertFalse(master.isKnown(lost), "it is not missed");
    }
  }

  @Test
  void sealsAreCarriedOutAndNotedWhenAServerComesBack() throws IOException {
    int one;
    int two;
    try (Master master = openWithHost()) {
      one = master.lease(small()).volume();
      two = master.lease(small()).volume();
      host.change(one, VolumeState.WRITABLE, 0, 0, Optional.of(Reason.FAILED));
      master.reportUnwritable(one);
    }
    host.change(one, VolumeState.WRITABLE, 0, 0, Optional.empty()); // it was killed before it noted the seal
    host.change(two, VolumeState.SEALED, 0, 0, Optional.of(Reason.SEALED)); // the master did not hear of this one
    try (Master master = open()) {
      assertEquals(List.of(one, two), master.register(host).sealed());
      assertEquals(VolumeState.SEALED, host.volumes().getFirst().state());
      assertEquals(3, master.lease(small()).volume());
    }
  }

  private static LongStream seeds() {
    return LongStream.range(0, 100);
  }

  /// The power is cut at any operation of the log, also between creating a volume and recording it. [FakeVolumeHost]
  /// fails the test when an id is created twice.
  @ParameterizedTest
  @MethodSource("seeds")
  void nothingIsHandedOutTwiceWhateverIsKilledWhen(long seed) throws IOException {
    System.out.println("seed " + seed);
    var random = new Random(seed);
    long highestKey = 0;
    long epoch = 0;
    var disk = new SimulatedLogFiles(random, random.nextInt(80));
    for (int life = 0; life < 10; life++) {
      try (Master master = Master.on(disk.openLog(1 + random.nextInt(30)), MasterConfig.DEFAULTS, CLOCK)) {
        assertEquals(List.of(), master.register(host).missing(), "seed " + seed);
        while (true) {
          if (random.nextInt(4) == 0) {
            long next = master.takeCatalog(random.nextInt(3)).epoch();
            assertTrue(next > epoch, "seed " + seed + " repeated epoch " + next);
            epoch = next;
            continue;
          }
          VolumeLease lease = master.lease(random.nextBoolean() ? bulk() : small());
          assertTrue(lease.firstKey() > highestKey, "seed " + seed + " repeated keys of " + lease);
          highestKey = lease.firstKey() + lease.keyCount() - 1;
          if (random.nextInt(3) == 0) {
            master.reportUnwritable(lease.volume());
          }
        }
      } catch (SimulatedLogFiles.PowerCutException e) {
        disk = disk.afterPowerCut(random.nextInt(120));
      } catch (IOException e) {
        assertTrue(e.getCause() instanceof SimulatedLogFiles.PowerCutException, "seed " + seed + ": " + e);
        disk = disk.afterPowerCut(random.nextInt(120));
      }
    }
  }

  /// A log as level 1 wrote it, the last epoch of which is 6.
  @Test
  void epochsOfALogOfLevelOneCountSixteenTimes() throws IOException {
    Path old = oldLog("log");
    try (Master master = Master.open(old, MasterConfig.DEFAULTS, CLOCK)) {
      assertEquals(new CatalogTerm(97, 96), master.takeCatalog(96));
    }
    try (Master master = Master.open(old, MasterConfig.DEFAULTS, CLOCK)) { // raised once
      assertEquals(new CatalogTerm(98, 97), master.takeCatalog(97));
    }
  }

  @Test
  void epochsOfASnapshotOfLevelOneCountSixteenTimes() throws IOException {
    try (Master master = Master.open(oldLog("snapshot"), MasterConfig.DEFAULTS, CLOCK)) {
      assertEquals(new CatalogTerm(145, 144), master.takeCatalog(0));
    }
  }

  private Path oldLog(String name) throws IOException {
    Path old = Files.createDirectories(directory.resolve("old"));
    try (InputStream from = MasterTest.class.getResourceAsStream("/log-v1/" + name)) {
      Files.copy(Objects.requireNonNull(from), old.resolve(name));
    }
    return old;
  }

  /// Needles of epoch 500 and a log that knows of none: it is lost, and what it gave out behind 500 nobody knows.
  @Test
  void aLogThatForgotEpochsLeavesAGap() throws IOException {
    try (Master master = openWithHost()) {
      assertEquals(new CatalogTerm(1, 0), master.takeCatalog(0));
      assertEquals(new CatalogTerm(1525, 1), master.takeCatalog(500));
      assertEquals(new CatalogTerm(1526, 1525), master.takeCatalog(1525));
    }
  }

  @Test
  void theIdOfARetiredVolumeStaysSpent() throws IOException {
    try (Master master = openWithHost()) {
      int retired = master.lease(small()).volume();
      host.remove(retired);
      master.retired(retired, 40);
    }
    try (Master master = open()) {
      assertEquals(List.of(), master.register(host).missing());
      assertTrue(master.lease(small()).volume() > 40);
    }
  }

  private static VolumeSpec spec(int id) {
    return new VolumeSpec(id, "", ReplicaPlacement.NONE, "", 1 << 30);
  }

  /// One that somebody wrote under a key of his own once ended every start.
  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, (1L << 62) + 1, 1L << 62, Long.MAX_VALUE - (1L << 31), -1, Long.MIN_VALUE})
  void noNeedleKeyEndsAStartOrTheKeys(long key) throws IOException {
    host.add(spec(12), VolumeState.WRITABLE, key);
    host.add(spec(13), VolumeState.WRITABLE, 5000);
    for (int start = 0; start < 3; start++) {
      try (Master master = open()) {
        master.register(host);
        assertTrue(master.lease(small()).firstKey() > 5000);
      }
    }
  }

  @Test
  void noVolumeIdEndsAStart() throws IOException {
    host.add(spec(Integer.MAX_VALUE), VolumeState.SEALED, 1);
    try (Master master = open()) {
      assertEquals(List.of(Integer.MAX_VALUE), master.register(host).adopted());
    }
  }
}
