package hayloft.master;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import hayloft.common.metrics.FigureSource;
import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.common.placement.VolumeLease;
import hayloft.master.log.CommandLog;
import hayloft.master.log.DamagedLogException;
import hayloft.master.placement.Decision;
import hayloft.master.placement.Demand;
import hayloft.master.placement.NodeSpace;
import hayloft.master.placement.OpenVolume;
import hayloft.master.placement.Placement;
import hayloft.master.state.Command;
import hayloft.master.state.MasterState;
import hayloft.master.state.Outcome;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// The master: hands out volume ids, key ranges and epochs, decides which volume is open for what, and tells volume servers so.
///
/// Thread-safe: one lock around everything. It is held across syncs of the log and across creating and sealing volumes; callers
/// are virtual threads, and come a few times a minute at most, because leases hold for many needles.
///
/// The order is always: persist the number, then let it be used. A crash between the two spends numbers and never repeats one. A volume that
/// was created and not yet recorded is found when its server registers.
public final class Master implements MasterClient, AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Master.class.getName());

  /// What is skipped when volumes hold higher numbers than the log remembers: the log was lost then, and with it what was handed out
  /// without having been used yet. 2^32 keys are more than leases can hold; of keys there are 2^63.
  private static final long LOST_KEYS = 1L << 32;
  private static final int LOST_VOLUME_IDS = 1000;
  /// The level of formats whose numbers are given out.
  private static final int LEVEL = 2;

  private final ReentrantLock lock = new ReentrantLock();
  private final CommandLog log;
  private final MasterConfig config;
  private final InstantSource clock;
  private final Placement placement;
  private final Map<String, VolumeHost> hosts = new TreeMap<>();
  private final Map<Integer, Long> leases = new HashMap<>();

  private Master(CommandLog log, MasterConfig config, InstantSource clock) {
    this.log = log;
    this.config = config;
    this.clock = clock;
    this.placement = new Placement(config.placement());
  }

  /// Opens the master's directory, creating it if it is missing.
  ///
  /// @throws DamagedLogException if its log is damaged in a way that no crash explains
  public static Master open(Path directory, MasterConfig config, InstantSource clock) throws IOException {
    return on(CommandLog.open(directory, config.snapshotEvery()), config, clock);
  }

  /// A log of an earlier level is raised first.
  static Master on(CommandLog log, MasterConfig config, InstantSource clock) throws IOException {
    try {
      if (log.state().level() < LEVEL) {
        Outcome _ = log.commit(new Command.RaiseLevel(LEVEL));
      }
      return new Master(log, config, clock);
    } catch (IOException e) {
      log.close();
      throw e;
    }
  }

  /// Takes a volume server in, or takes it back, and brings registry and server to the same view: numbers that its volumes show to be
  /// used are never handed out again, unknown volumes are adopted, seals are carried out.
  public Reconciliation register(VolumeHost host) throws IOException {
    lock.lock();
    try {
      NodeAddress address = host.address();
      if (!Optional.of(address).equals(log.state().node(address.id()))) {
        expectDone(new Command.RegisterNode(address));
      }
      List<VolumeStatus> reported = host.volumes();
      raiseFloors(address, reported);
      List<Integer> adopted = new ArrayList<>();
      List<Integer> sealed = new ArrayList<>();
      Set<Integer> seen = new HashSet<>();
      for (VolumeStatus status : reported) {
        seen.add(status.spec().id());
        Optional<VolumeEntry> known = log.state().volume(status.spec().id());
        if (known.isEmpty()) {
          expectDone(new Command.RecordVolume(new VolumeEntry(status.spec(), VolumePurpose.UNASSIGNED, status.state(),
              List.of(address.id()), clock.instant())));
          adopted.add(status.spec().id());
        } else if (agree(host, known.get(), status)) {
          sealed.add(status.spec().id());
        }
      }
      List<Integer> missing = log.state().volumes().stream()
          .filter(volume -> volume.nodes().contains(address.id()) && volume.state() != VolumeState.RETIRED)
          .map(VolumeEntry::id).filter(id -> !seen.contains(id)).toList();
      hosts.put(address.id(), host);
      if (!missing.isEmpty()) {
        LOG.log(WARNING, "volumes.missing node={0} volumes={1}", address.id(), missing);
      }
      LOG.log(INFO, "node.registered node={0} url={1} volumes={2} adopted={3}", address.id(), address.url(),
          "" + reported.size(), "" + adopted.size());
      return new Reconciliation(adopted, missing, sealed);
    } finally {
      lock.unlock();
    }
  }

  private void raiseFloors(NodeAddress address, List<VolumeStatus> reported) throws IOException {
    MasterState state = log.state();
    int volume = reported.stream().mapToInt(status -> status.spec().id()).max().orElse(0);
    long key = reported.stream().mapToLong(VolumeStatus::highestKey).max().orElse(0);
    if (volume <= state.highestVolumeId() && key <= state.highestKey()) {
      return;
    }
    LOG.log(WARNING, "log.behind node={0} volume={1} rememberedVolume={2} key={3} rememberedKey={4}", address.id(),
        "" + volume, "" + state.highestVolumeId(), "" + key, "" + state.highestKey());
    expectDone(new Command.RaiseFloors(Math.addExact(volume, LOST_VOLUME_IDS), Math.addExact(key, LOST_KEYS)));
  }

  /// Brings a volume's state to the later one of registry and server. True if something had to be done.
  private boolean agree(VolumeHost host, VolumeEntry known, VolumeStatus status) throws IOException {
    if (known.state() == status.state() || known.state() == VolumeState.RETIRED) {
      return false;
    }
    if (known.state() == VolumeState.SEALED && status.state() == VolumeState.WRITABLE) {
      host.seal(known.id());
      return true;
    }
    expectDone(new Command.MoveVolume(known.id(), VolumeState.SEALED));
    if (status.state() == VolumeState.RETIRED) {
      expectDone(new Command.MoveVolume(known.id(), VolumeState.RETIRED));
    }
    return true;
  }

  @Override
  public VolumeLease lease(LeaseRequest request) throws IOException {
    var demand = new Demand(VolumePurpose.of(request.stream()), request.collection(), request.placement(),
        request.diskType());
    return lease(demand, request.claim(), request.except());
  }

  /// Leases a volume for blobs of programs that keep file ids themselves. Throws what [#lease(LeaseRequest)] throws.
  public VolumeLease leaseForBlobs(Demand demand, Set<Integer> except) throws IOException {
    if (demand.purpose() != VolumePurpose.BLOB) {
      throw new IllegalArgumentException("not a demand for blobs: " + demand);
    }
    return lease(demand, SpaceClaim.DATA, except);
  }

  private VolumeLease lease(Demand demand, SpaceClaim claim, Set<Integer> except) throws IOException {
    lock.lock();
    try {
      sealFull(openVolumes());
      int volume = choose(demand, claim, except);
      if (!(log.commit(new Command.ReserveKeys(
          config.placement().keysPerLease())) instanceof Outcome.KeysTaken(long first, int count))) {
        throw new NoWritableVolumeException("all needle keys are spent");
      }
      leases.merge(volume, 1L, Long::sum);
      return new VolumeLease(volume, first, count);
    } finally {
      lock.unlock();
    }
  }

  private int choose(Demand demand, SpaceClaim claim, Set<Integer> except) throws IOException {
    List<OpenVolume> open = openVolumes();
    List<NodeSpace> nodes = new ArrayList<>(space());
    while (true) {
      Decision decision = switch (claim) {
        case DATA -> placement.decide(demand, except, open, nodes);
        case RESERVE -> placement.decideWithinReserve(demand, except, open, nodes);
      };
      switch (decision) {
        case Decision.Use(int chosen) -> {
          return chosen;
        }
        case Decision.Adopt(int adopted) -> {
          expectDone(new Command.AssignPurpose(adopted, demand.purpose()));
          return adopted;
        }
        case Decision.Grow(String node, String directory) -> {
          int id = reserveVolumeId();
          try {
            grow(id, demand, node, directory);
            return id;
          } catch (VolumeNotCreatedException e) {
            LOG.log(WARNING, "volume.notCreated volume=" + id + " node=" + node + " directory=" + directory, e);
            nodes.replaceAll(space -> space.node().equals(node) ? space.without(directory) : space); // decide again
          }
        }
        case Decision.NoRoom(String why) -> throw new NoWritableVolumeException(why);
      }
    }
  }

  /// What it has in its registry, and has handed out.
  public FigureSource figures() {
    return into -> {
      lock.lock();
      try {
        MasterFigures.tell(log.state().volumes(), hosts.size(),
            leases.values().stream().mapToLong(Long::longValue).sum(), log.isStopped(), into);
      } finally {
        lock.unlock();
      }
    };
  }

  /// Creates volumes beyond those that leases open by themselves.
  ///
  /// @return their ids
  /// @throws NoWritableVolumeException if there is no room for one; earlier ones of the call stay
  public List<Integer> grow(Demand demand, int count) throws IOException {
    lock.lock();
    try {
      List<Integer> grown = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        switch (placement.grow(demand, openVolumes(), space())) {
          case Decision.Grow(String node, String directory) -> {
            int id = reserveVolumeId();
            grow(id, demand, node, directory);
            grown.add(id);
          }
          case Decision.NoRoom(String why) -> throw new NoWritableVolumeException(why);
          case Decision.Use _,Decision.Adopt _ -> throw new IllegalStateException("growing chose an existing volume");
        }
      }
      return List.copyOf(grown);
    } finally {
      lock.unlock();
    }
  }

  private int reserveVolumeId() throws IOException {
    if (log.commit(new Command.ReserveVolumeId()) instanceof Outcome.VolumeIdTaken(int id)) {
      return id;
    }
    throw new NoWritableVolumeException("all volume ids are spent");
  }

  private void grow(int id, Demand demand, String node, String directory) throws IOException {
    VolumeHost host = hosts.get(node);
    if (host == null) {
      throw new IllegalStateException("placement chose " + node + ", which is not connected");
    }
    var spec = new VolumeSpec(id, demand.collection(), demand.placement(), demand.diskType(),
        config.placement().volumeLimitBytes());
    try {
      host.create(spec, directory);
    } catch (IOException e) {
      throw new VolumeNotCreatedException(e);
    }
    expectDone(new Command.RecordVolume(
        new VolumeEntry(spec, demand.purpose(), VolumeState.WRITABLE, List.of(node), clock.instant())));
    LOG.log(INFO, "volume.grown volume={0} purpose={1} collection={2} node={3} directory={4}", "" + id,
        demand.purpose(),
        demand.collection(), node, directory);
  }

  /// A volume server could not create a volume; the id is spent.
  private static final class VolumeNotCreatedException extends IOException {
    private static final long serialVersionUID = 1L;

    VolumeNotCreatedException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  @Override
  public void reportUnwritable(int volume) throws IOException {
    lock.lock();
    try {
      VolumeEntry entry = log.state().volume(volume).orElse(null);
      if (entry == null || entry.state() != VolumeState.WRITABLE) {
        return;
      }
      Optional<VolumeStatus> status = status(entry);
      if (status.isPresent() && status.get().unwritable().equals(Optional.of(Reason.NO_SPACE))) {
        return; // it takes appends again once there is space
      }
      if (status.isPresent() && status.get().unwritable().equals(Optional.of(Reason.READ_ONLY))) {
        return; // it takes appends again once it is asked to
      }
      if (status.isPresent() && status.get().unwritable().equals(Optional.of(Reason.FULL))) {
        sealFull(openVolumes()); // unless it is the last one that takes deletes
        return;
      }
      seal(entry);
    } finally {
      lock.unlock();
    }
  }

  /// Lets a writable volume take no needles until it is marked writable again: it is leased no more, and nothing else changes.
  ///
  /// @throws IllegalArgumentException if no such volume is known, or it is sealed for good
  /// @throws IOException if a server that holds it cannot note it
  public void markReadOnly(int volume, boolean readOnly) throws IOException {
    lock.lock();
    try {
      VolumeEntry entry = log.state().volume(volume)
          .orElseThrow(() -> new IllegalArgumentException("there is no volume " + volume));
      if (entry.state() != VolumeState.WRITABLE) {
        throw new IllegalArgumentException("volume " + volume + " is " + entry.state().name().toLowerCase(Locale.ROOT)
            + ", for good: it takes no needles and cannot be made to");
      }
      for (String node : entry.nodes()) {
        VolumeHost host = hosts.get(node);
        if (host == null) {
          throw new IOException("server " + node + " of volume " + volume + " is not connected");
        }
        host.setReadOnly(volume, readOnly);
      }
      LOG.log(INFO, readOnly ? "volume.markedReadOnly volume={0}" : "volume.markedWritable volume={0}", "" + volume);
    } finally {
      lock.unlock();
    }
  }

  private void sealFull(List<OpenVolume> open) throws IOException {
    for (OpenVolume volume : open) {
      if (volume.isSpent(open)) {
        seal(volume.entry());
      }
    }
  }

  /// The registry goes first: whether or not a failed disk can still note it, the volume is leased no more. A server that did not note it is
  /// told again when it registers.
  private void seal(VolumeEntry entry) throws IOException {
    expectDone(new Command.MoveVolume(entry.id(), VolumeState.SEALED));
    for (String node : entry.nodes()) {
      VolumeHost host = hosts.get(node);
      if (host != null) {
        try {
          host.seal(entry.id());
        } catch (IOException e) {
          LOG.log(WARNING, "volume.sealFailed volume=" + entry.id() + " node=" + node, e);
        }
      }
    }
    LOG.log(INFO, "volume.sealed volume={0}", "" + entry.id());
  }

  @Override
  public CatalogTerm takeCatalog(long floor) throws IOException {
    lock.lock();
    try {
      return switch (log.commit(new Command.TakeEpoch(floor))) {
        case Outcome.EpochTaken(long epoch, long predecessor) -> new CatalogTerm(epoch, predecessor);
        case Outcome.Refused(String why) -> throw new IOException(why);
        case Outcome.Done _,Outcome.VolumeIdTaken _,Outcome.KeysTaken _ ->
          throw new IllegalStateException("taking an epoch gave none");
      };
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void retired(int volume, int highestId) throws IOException {
    lock.lock();
    try {
      if (highestId > log.state().highestVolumeId()) {
        expectDone(new Command.RaiseFloors(highestId, 0));
      }
      if (log.state().volume(volume).isPresent()) {
        expectDone(new Command.ForgetVolume(volume));
        LOG.log(INFO, "volume.retired volume={0}", "" + volume);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Connected servers that report the volume.
  @Override
  public List<NodeAddress> lookup(int volume) throws IOException {
    lock.lock();
    try {
      VolumeEntry entry = log.state().volume(volume).orElse(null);
      if (entry == null) {
        return List.of();
      }
      List<NodeAddress> found = new ArrayList<>();
      for (String node : entry.nodes()) {
        VolumeHost host = hosts.get(node);
        if (host != null && statusOn(host, volume).isPresent()) {
          found.add(host.address());
        }
      }
      return List.copyOf(found);
    } finally {
      lock.unlock();
    }
  }

  /// Whether a volume was opened for blobs of programs that keep file ids themselves, so that such a program may write to it.
  public boolean isForBlobs(int volume) {
    lock.lock();
    try {
      return log.state().volume(volume).filter(entry -> entry.purpose() == VolumePurpose.BLOB).isPresent();
    } finally {
      lock.unlock();
    }
  }

  /// Whether a volume can be written to as far as its server tells.
  public boolean takesAppends(int volume) {
    lock.lock();
    try {
      return openVolumes().stream().anyMatch(open -> open.entry().id() == volume && open.takesAppends());
    } finally {
      lock.unlock();
    }
  }

  /// True once a fault of its disk has stopped it: what is there stays readable, nothing new is handed out until a restart.
  public boolean isStopped() {
    lock.lock();
    try {
      return log.isStopped();
    } finally {
      lock.unlock();
    }
  }

  public Topology topology() {
    lock.lock();
    try {
      List<Topology.Server> servers = new ArrayList<>();
      for (NodeAddress node : log.state().nodes()) {
        VolumeHost host = hosts.get(node.id());
        servers.add(host == null
            ? new Topology.Server(node, false, List.of(), List.of())
            : new Topology.Server(host.address(), true, host.disks(), host.volumes()));
      }
      return new Topology(log.state().highestVolumeId(), log.state().epoch(), servers,
          List.copyOf(log.state().volumes()));
    } finally {
      lock.unlock();
    }
  }

  private List<OpenVolume> openVolumes() {
    Map<Integer, VolumeStatus> statuses = new HashMap<>();
    hosts.values().forEach(host -> host.volumes().forEach(status -> statuses.put(status.spec().id(), status)));
    List<OpenVolume> open = new ArrayList<>();
    for (VolumeEntry entry : log.state().volumes()) {
      VolumeStatus status = statuses.get(entry.id());
      if (entry.state() == VolumeState.WRITABLE && status != null) {
        open.add(new OpenVolume(entry, status, leases.getOrDefault(entry.id(), 0L)));
      }
    }
    return open;
  }

  private List<NodeSpace> space() {
    return hosts.entrySet().stream().map(host -> new NodeSpace(host.getKey(), host.getValue().disks())).toList();
  }

  private Optional<VolumeStatus> status(VolumeEntry entry) {
    return entry.nodes().stream().map(hosts::get).filter(java.util.Objects::nonNull)
        .flatMap(host -> statusOn(host, entry.id()).stream()).findFirst();
  }

  private static Optional<VolumeStatus> statusOn(VolumeHost host, int volume) {
    return host.volumes().stream().filter(status -> status.spec().id() == volume).findFirst();
  }

  private void expectDone(Command command) throws IOException {
    if (!(log.commit(command) instanceof Outcome.Done)) {
      throw new IllegalStateException("the registry refused " + command);
    }
  }

  /// Everything that was answered is durable already; this only gives the files back.
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      log.close();
    } finally {
      lock.unlock();
    }
  }
}
