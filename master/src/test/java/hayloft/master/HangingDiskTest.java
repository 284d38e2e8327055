package hayloft.master;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.NeedleStream;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.placement.VolumeLease;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.master.Growths.Patience;
import hayloft.master.log.CommandLog;
import hayloft.master.placement.Demand;
import hayloft.master.placement.PlacementConfig;
import hayloft.master.state.VolumePurpose;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A disk that hangs keeps waiting who needs it, and nobody else.
@Timeout(60)
final class HangingDiskTest {

  private static final Patience SHORT = new Patience(Duration.ofMillis(10), Duration.ofMillis(50));

  @TempDir
  private Path directory = Path.of("");

  private final Server server = new Server();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void letAllEnd() {
    server.answers.countDown();
    threads.shutdownNow();
  }

  /// Two disks, of which `bad` does not answer until the latch is open. It has more room, so volumes go there first.
  private static final class Server implements VolumeHost {
    final Map<Integer, VolumeStatus> volumes = new ConcurrentSkipListMap<>();
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch answers = new CountDownLatch(1);
    final AtomicInteger creations = new AtomicInteger();
    final AtomicInteger seals = new AtomicInteger();
    volatile boolean createHangs;
    volatile boolean sealHangs;
    volatile List<String> disks = List.of("bad", "good");

    @Override
    public NodeAddress address() {
      return new NodeAddress("one", "one:8080", "one:8080", "dc", "rack");
    }

    @Override
    public void create(VolumeSpec spec, String disk) throws IOException {
      creations.incrementAndGet();
      hangIf(createHangs && disk.equals("bad"));
      volumes.put(spec.id(), status(spec, VolumeState.WRITABLE, 0, disk, Optional.empty()));
    }

    @Override
    public void seal(int volume) throws IOException {
      seals.incrementAndGet();
      hangIf(sealHangs && of(volume).directory().equals("bad"));
      set(volume, VolumeState.SEALED, 0, Reason.SEALED);
    }

    private void hangIf(boolean hangs) throws IOException {
      if (hangs) {
        asked.countDown();
        try {
          answers.await();
        } catch (InterruptedException e) {
          throw new IOException(e);
        }
      }
    }

    VolumeStatus of(int volume) {
      return Objects.requireNonNull(volumes.get(volume));
    }

    void set(int volume, VolumeState state, long sizeBytes, Reason reason) {
      VolumeStatus status = of(volume);
      volumes.put(volume, status(status.spec(), state, sizeBytes, status.directory(), Optional.of(reason)));
    }

    private static VolumeStatus status(VolumeSpec spec, VolumeState state, long sizeBytes, String disk,
        Optional<Reason> unwritable) {
      return new VolumeStatus(spec, state, 0, sizeBytes, 0, 0, 0, 0, disk, unwritable);
    }

    @Override
    public void setReadOnly(int volume, boolean readOnly) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<VolumeStatus> volumes() {
      return List.copyOf(volumes.values());
    }

    @Override
    public List<DiskStatus> disks() {
      return disks.stream().map(
          disk -> new DiskStatus(disk, "", 200L << 30, (disk.equals("bad") ? 150L : 100L) << 30, 1L << 30, true, 0))
          .toList();
    }
  }

  private Master open(int openVolumes) throws IOException {
    return open(openVolumes, Patience.USUAL);
  }

  private Master open(int openVolumes, Patience patience) throws IOException {
    Master master = Master.on(CommandLog.open(directory, 1000),
        new MasterConfig(PlacementConfig.DEFAULTS.withOpenVolumes(openVolumes), 1000),
        InstantSource.fixed(Instant.EPOCH), patience);
    master.register(server);
    return master;
  }

  private static LeaseRequest small(Integer... except) {
    return new LeaseRequest(NeedleStream.SMALL, "", ReplicaPlacement.NONE, "", SpaceClaim.DATA, Set.of(except));
  }

  private static LeaseRequest bulk() {
    return new LeaseRequest(NeedleStream.BULK, "", ReplicaPlacement.NONE, "", SpaceClaim.DATA, Set.of());
  }

  /// While nothing of the bad disk answers.
  private <T> T meanwhile(Callable<T> question) throws InterruptedException, ExecutionException, TimeoutException {
    assertEquals(1, server.answers.getCount());
    return threads.submit(question).get(5, TimeUnit.SECONDS);
  }

  private static final class Numbers implements Figures {
    int told;

    @Override
    public void number(Figure figure, double value, String... labels) {
      told++;
    }

    @Override
    public void distribution(Figure figure, Histogram values, String... labels) {
      told++;
    }
  }

  private static int figuresOf(Master master) {
    var numbers = new Numbers();
    master.figures().tell(numbers);
    return numbers.told;
  }

  @Test
  void whileAVolumeIsCreatedOnAHangingDiskEverybodyElseIsServed() throws Exception {
    try (Master master = open(2, new Patience(Duration.ofMillis(500), Duration.ofMinutes(1)))) {
      server.createHangs = true;
      Future<VolumeLease> first = threads.submit(() -> master.lease(small()));
      server.asked.await();
      VolumeLease other = meanwhile(() -> master.lease(bulk()));
      assertEquals("good", server.of(other.volume()).directory());
      assertEquals(List.of(server.address()), meanwhile(() -> master.lookup(other.volume())));
      assertTrue(meanwhile(() -> figuresOf(master)) > 0);
      assertTrue(meanwhile(master::topology).volumes().stream().anyMatch(volume -> volume.id() == other.volume()));
      assertFalse(meanwhile(() -> master.isForBlobs(other.volume())));
      assertTrue(meanwhile(() -> master.takesAppends(other.volume())));
      assertFalse(meanwhile(master::isStopped));
      assertTrue(meanwhile(() -> master.takeCatalog(0)) != null);
      meanwhile(() -> {
        master.reportUnwritable(other.volume(), Reason.FULL);
        return true;
      });
      // also who asked for it first, before long
      assertEquals("good", server.of(first.get(5, TimeUnit.SECONDS).volume()).directory());
      assertEquals(1, server.answers.getCount());
      server.answers.countDown();
      master.rest();
      assertEquals(3, master.topology().volumes().size()); // what came late is there too
    }
  }

  @Test
  void twoWhoNeedTheSameVolumeCreateOne() throws Exception {
    server.disks = List.of("bad");
    try (Master master = open(1)) {
      server.createHangs = true;
      Future<VolumeLease> one = threads.submit(() -> master.lease(small()));
      server.asked.await();
      Future<VolumeLease> two = threads.submit(() -> master.lease(small()));
      assertThrows(TimeoutException.class, () -> two.get(50, TimeUnit.MILLISECONDS));
      server.answers.countDown();
      assertEquals(one.get().volume(), two.get().volume());
      assertNotEquals(one.get().firstKey(), two.get().firstKey());
      assertEquals(1, server.creations.get());
    }
  }

  @Test
  void whoNeedsAnotherVolumeUsesTheOneThatIsThereMeanwhile() throws Exception {
    try (Master master = open(2)) {
      int there = master.lease(small()).volume(); // on the bad disk, which has more room
      server.disks = List.of("bad");
      server.createHangs = true;
      Future<VolumeLease> second = threads.submit(() -> master.lease(small()));
      server.asked.await();
      assertEquals(there, meanwhile(() -> master.lease(small())).volume());
      assertEquals(2, server.creations.get());
      server.answers.countDown();
      second.get();
    }
  }

  @Test
  void manyAtOnceCreateNoMoreVolumesThanAreWanted() throws Exception {
    try (Master master = open(2)) {
      var all = new CountDownLatch(1);
      List<Future<VolumeLease>> leases = java.util.stream.IntStream.range(0, 64).mapToObj(i -> threads.submit(() -> {
        all.await();
        return master.lease(i % 2 == 0 ? small() : bulk());
      })).toList();
      all.countDown();
      for (var lease : leases) {
        lease.get();
      }
      assertTrue(server.volumes.size() <= 4, server.volumes.toString());
      for (int i = 0; i < 2; i++) { // who found both disks busy used what was there
        master.lease(small());
        master.lease(bulk());
      }
      assertEquals(4, server.volumes.size());
    }
  }

  @Test
  void aDiskThatNeverAnswersIsToldAndNotTakenForAFullOne() throws Exception {
    server.disks = List.of("bad");
    try (Master master = open(1, SHORT)) {
      server.createHangs = true;
      var refusal = assertThrows(NoWritableVolumeException.class, () -> master.lease(small()));
      assertTrue(refusal.isPassing());
      assertTrue(
          ("" + refusal.getMessage())
              .contains("volume 1 is being created in bad of one for 0 s: its disk does not answer"),
          refusal.getMessage());
      assertThrows(NoWritableVolumeException.class, () -> master.lease(small()));
      assertEquals(1, server.creations.get());
    }
  }

  @Test
  void whileASealHangsLeasesGoOnAndItIsAskedForOnce() throws Exception {
    try (Master master = open(1)) {
      int one = master.lease(small()).volume();
      server.sealHangs = true;
      server.set(one, VolumeState.WRITABLE, 0, Reason.FAILED);
      Future<?> report = threads.submit(() -> {
        master.reportUnwritable(one, Reason.FAILED);
        return true;
      });
      server.asked.await();
      server.disks = List.of("good");
      assertNotEquals(one, meanwhile(() -> master.lease(small())).volume());
      assertEquals(VolumeState.SEALED, meanwhile(master::topology).volumes().getFirst().state());
      meanwhile(() -> {
        master.reportUnwritable(one, Reason.FAILED);
        return true;
      });
      assertTrue(meanwhile(() -> figuresOf(master)) > 0);
      report.get(5, TimeUnit.SECONDS);
      assertEquals(1, server.seals.get());
      server.answers.countDown();
      master.rest();
      assertEquals(VolumeState.SEALED, server.of(one).state());
    }
  }

  @Test
  void aServerThatRegistersAgainWhileAVolumeIsCreatedDoesNotHaveItAdopted() throws Exception {
    try (Master master = open(1)) {
      server.createHangs = true;
      Future<VolumeLease> lease = threads.submit(() -> master.lease(small()));
      server.asked.await();
      var spec = new VolumeSpec(1, "", ReplicaPlacement.NONE, "", 30_000_000_000L);
      server.volumes.put(1, Server.status(spec, VolumeState.WRITABLE, 0, "bad", Optional.empty())); // not yet synced
      assertEquals(List.of(), meanwhile(() -> master.register(server)).adopted());
      server.answers.countDown();
      lease.get();
      master.rest();
      assertEquals(VolumePurpose.SMALL, master.topology().volumes().getFirst().purpose());
    }
  }

  @Test
  void aCreationThatFailsIsToldWithItsReasonAndPassing() throws Exception {
    server.disks = List.of("good");
    try (Master master = open(1)) {
      master.register(new Refusing(server));
      var refusal = assertThrows(NoWritableVolumeException.class, () -> master.lease(small()));
      assertTrue(("" + refusal.getMessage()).contains("none could be created in good of one: too few of something"),
          refusal.getMessage());
      assertTrue(refusal.isPassing());
      var other = assertThrows(NoWritableVolumeException.class,
          () -> master.grow(new Demand(VolumePurpose.BLOB, "", ReplicaPlacement.NONE, ""), 1));
      assertTrue(other.isPassing());
    }
  }

  private record Refusing(Server server) implements VolumeHost {
    @Override
    public NodeAddress address() {
      return server.address();
    }

    @Override
    public void create(VolumeSpec spec, String disk) throws IOException {
      throw new IOException("too few of something");
    }

    @Override
    public void seal(int volume) throws IOException {
      server.seal(volume);
    }

    @Override
    public void setReadOnly(int volume, boolean readOnly) {
      server.setReadOnly(volume, readOnly);
    }

    @Override
    public List<VolumeStatus> volumes() {
      return server.volumes();
    }

    @Override
    public List<DiskStatus> disks() {
      return server.disks();
    }
  }
}
