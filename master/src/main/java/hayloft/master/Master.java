package hayloft.master;

import hayloft.common.FileId;
import hayloft.common.directory.FileDescriptors;
import hayloft.common.log.EventLog;
import hayloft.common.metrics.FigureSource;
import hayloft.common.placement.CatalogTerm;
import hayloft.common.placement.LeaseRequest;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.common.placement.VolumeLease;
import hayloft.master.Growth.Place;
import hayloft.master.Growths.Patience;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/// The master: hands out volume ids, key ranges and epochs, decides which volume is open for what, and tells volume
/// servers so.
///
/// Thread-safe. Who asks (figures, lookups, the topology) reads [MasterView] and the servers' answers and takes no
/// lock. Decisions are made under one lock, which is held across syncs of the log and never while a volume server does
/// something: its answers are taken before, and a decision on answers from before a change of the registry is made
/// again. Volumes are created and sealed on threads of their own, which are waited for a while only: a disk that hangs
/// keeps waiting who needs that disk, and nobody else. Callers are virtual threads, and come a few times
/// a minute at most, because leases hold for many needles.
///
/// The order is always: persist the number, then let it be used. A crash between the two spends numbers and never
/// repeats one. A volume that was created and not yet recorded is found when its server registers.
public final class Master implements MasterClient, AutoCloseable {

  private static final EventLog LOG = EventLog.of(Master.class);

  /// What is skipped when volumes hold higher numbers than the log remembers: the log was lost then, and with it what
  /// was handed out without having been used yet. 2^32 keys are more than leases can hold; of keys there are 2^63.
  private static final long LOST_KEYS = 1L << 32;
  private static final int LOST_VOLUME_IDS = 1000;
  /// The level of formats whose numbers are given out.
  private static final int LEVEL = 2;

  private final ReentrantLock lock = new ReentrantLock();
  private final CommandLog log;
  private final MasterConfig config;
  private final InstantSource clock;
  private final Placement placement;
  private final Servers servers = new Servers();
  /// How often each volume was leased.
  private final Map<Integer, Long> leases = new ConcurrentHashMap<>();
  private final Growths growths;
  private final Seals seals = new Seals();
  private volatile MasterView view;
  private boolean resting;
  private boolean closed;

  private Master(CommandLog log, MasterConfig config, InstantSource clock, Patience patience) {
    this.log = log;
    this.growths = new Growths(patience);
    this.config = config;
    this.clock = clock;
    this.placement = new Placement(config.placement());
    this.view = MasterView.of(log.state());
  }

  /// Opens the master's directory, creating it if it is missing.
  ///
  /// @throws DamagedLogException if its log is damaged in a way that no crash explains
  public static Master open(Path directory, MasterConfig config, InstantSource clock) throws IOException {
    return on(CommandLog.open(directory, config.snapshotEvery()), config, clock);
  }

  static Master on(CommandLog log, MasterConfig config, InstantSource clock) throws IOException {
    return on(log, config, clock, Patience.USUAL);
  }

  /// A log of an earlier level is raised first.
  static Master on(CommandLog log, MasterConfig config, InstantSource clock, Patience patience) throws IOException {
    try {
      if (log.state().level() < LEVEL) {
        Outcome _ = log.commit(new Command.RaiseLevel(LEVEL));
      }
      return new Master(log, config, clock, patience);
    } catch (IOException e) {
      log.close();
      throw e;
    }
  }

  /// Takes a volume server in, or takes it back, and brings registry and server to the same view: numbers that its
  /// volumes show to be used are never handed out again, unknown volumes are adopted, seals are carried out.
  public Reconciliation register(VolumeHost host) throws IOException {
    MasterView before = view;
    NodeAddress address = host.address();
    List<VolumeStatus> reported = host.volumes();
    List<Integer> adopted = new ArrayList<>();
    List<Integer> sealed = new ArrayList<>();
    List<VolumeEntry> toSeal = new ArrayList<>();
    lock.lock();
    try {
      if (!Optional.of(address).equals(log.state().node(address.id()))) {
        expectDone(new Command.RegisterNode(address));
      }
      raiseFloors(address, reported);
      for (VolumeStatus status : reported) {
        Optional<VolumeEntry> known = log.state().volume(status.spec().id());
        if (known.isPresent()) {
          if (agree(known.get(), status, toSeal)) {
            sealed.add(status.spec().id());
          }
        } else if (!growths.isUnderWay(status.spec().id())) {
          expectDone(new Command.RecordVolume(new VolumeEntry(status.spec(), VolumePurpose.UNASSIGNED, status.state(),
              List.of(address.id()), clock.instant())));
          adopted.add(status.spec().id());
        }
      }
      servers.connect(address.id(), host);
    } finally {
      lock.unlock();
    }
    seals.await(toSeal.stream().map(this::carryOut).toList());
    Set<Integer> seen = reported.stream().map(status -> status.spec().id()).collect(Collectors.toSet());
    List<Integer> missing = before.volumes().values().stream()
        .filter(volume -> volume.nodes().contains(address.id()) && volume.state() != VolumeState.RETIRED)
        .map(VolumeEntry::id).filter(id -> !seen.contains(id)).toList();
    if (!missing.isEmpty()) {
      // the catalog may know that they are retired
      LOG.info("volumes.notReported").with("node", address.id()).with("volumes", missing).say();
    }
    LOG.info("node.registered").with("node", address.id()).with("url", address.url()).with("volumes", reported.size())
        .with("adopted", adopted.size()).say();
    return new Reconciliation(adopted, missing, sealed);
  }

  private void raiseFloors(NodeAddress address, List<VolumeStatus> reported) throws IOException {
    MasterState state = log.state();
    int volume = reported.stream().mapToInt(status -> status.spec().id()).max().orElse(0);
    long key = reported.stream().mapToLong(VolumeStatus::highestKey).filter(FileId::isCountable).max().orElse(0);
    reported.stream().filter(status -> status.highestKey() > FileId.HIGHEST_KEY)
        .forEach(status -> LOG.warning("keys.stray").with("node", address.id()).with("volume", status.spec().id())
            .with("key", Long.toHexString(status.highestKey())).say());
    if (volume <= state.highestVolumeId() && key <= state.highestKey()) {
      return;
    }
    LOG.warning("log.behind").with("node", address.id()).with("volume", volume)
        .with("rememberedVolume", state.highestVolumeId()).with("key", key).with("rememberedKey", state.highestKey())
        .say();
    int volumeFloor = (int) Math.min(Integer.MAX_VALUE, (long) volume + LOST_VOLUME_IDS);
    expectDone(new Command.RaiseFloors(volumeFloor, key + LOST_KEYS));
  }

  /// Brings a volume's state to the later one of registry and server. True if something had to be done.
  ///
  /// @param toSeal gets those that the server has yet to seal
  private boolean agree(VolumeEntry known, VolumeStatus status, List<VolumeEntry> toSeal) throws IOException {
    if (known.state() == status.state() || known.state() == VolumeState.RETIRED) {
      return false;
    }
    if (known.state() == VolumeState.SEALED && status.state() == VolumeState.WRITABLE) {
      toSeal.add(known);
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
    return lease(demand, request.claim(), request.except(), request.withoutRoom());
  }

  /// Leases a volume for blobs of programs that keep file ids themselves. Throws what [#lease(LeaseRequest)] throws.
  public VolumeLease leaseForBlobs(Demand demand, Set<Integer> except) throws IOException {
    if (demand.purpose() != VolumePurpose.BLOB) {
      throw new IllegalArgumentException("not a demand for blobs: " + demand);
    }
    return lease(demand, SpaceClaim.DATA, except, Set.of());
  }

  private VolumeLease lease(Demand demand, SpaceClaim claim, Set<Integer> except, Set<Integer> withoutRoom)
      throws IOException {
    return find(new Wanted(demand, (open, space, coming) -> switch (claim) {
      case DATA -> placement.decide(demand, except, withoutRoom, open, space, coming);
      case RESERVE -> placement.decideWithinReserve(demand, except, open, space, coming);
    }), this::leased);
  }

  private VolumeLease leased(int volume) throws IOException {
    if (!(commit(new Command.ReserveKeys(
        config.placement().keysPerLease())) instanceof Outcome.KeysTaken(long first, int count))) {
      throw new NoWritableVolumeException("all needle keys are spent");
    }
    leases.merge(volume, 1L, Long::sum);
    return new VolumeLease(volume, first, count);
  }

  /// Creates volumes beyond those that leases open by themselves, if there are descriptors and space for all of them.
  ///
  /// @return their ids
  /// @throws NoWritableVolumeException if there is no room for one; earlier ones of the call stay
  public List<Integer> grow(Demand demand, int count) throws IOException {
    long openAlready = view.volumes().values().stream()
        .filter(volume -> volume.purpose() == demand.purpose() && volume.state() == VolumeState.WRITABLE).count();
    BlobBounds.requireRoom(demand, count, openAlready, config.placement().volumeLimitBytes(), servers.ask().space());
    BlobBounds.requireDescriptors(count);
    List<Integer> grown = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      grown.add(find(new Wanted(demand, (open, space, _) -> placement.grow(demand, open, space)), id -> id));
    }
    return List.copyOf(grown);
  }

  /// How a volume is chosen for a demand.
  private record Wanted(Demand demand, Choice choice) {}

  @FunctionalInterface
  private interface Choice {
    Decision decide(List<OpenVolume> open, List<NodeSpace> space, int coming);
  }

  /// What is done with the volume that was found, under the lock.
  @FunctionalInterface
  private interface Taking<T> {
    T take(int volume) throws IOException;
  }

  private sealed interface Step<T> {
    record Taken<T>(T what) implements Step<T> {}

    /// The answers are older than the registry.
    record AskAgain<T>() implements Step<T> {}

    record Grow<T>(Growth begun) implements Step<T> {}

    /// One of these will do, or make room where it is wanted.
    record Await<T>(List<Growth> coming) implements Step<T> {}

    /// Nothing is left but these, which take long or make room for others.
    record Hope<T>(List<Growth> growing) implements Step<T> {}
  }

  /// Decides under the lock, waits outside of it, and decides again.
  private <T> T find(Wanted wanted, Taking<T> taking) throws IOException {
    Map<Place, IOException> refused = new LinkedHashMap<>();
    while (true) {
      switch (step(wanted, taking, refused)) {
        case Step.Taken<T>(T what) -> {
          return what;
        }
        case Step.AskAgain<T> _ -> {
          // it has changed, so others got on
        }
        case Step.Await<T>(var coming) -> growths.awaitUntilLate(coming);
        case Step.Hope<T>(var growing) -> growths.awaitWhileThereIsHope(growing);
        case Step.Grow<T>(var growth) -> {
          growths.awaitUntilLate(List.of(growth));
          switch (growth.end().getNow(null)) {
            case null -> {
              // it takes long: others are looked for
            }
            case Growth.End.Created _ -> {
              sealWhatHasASuccessorNow();
              lock.lock();
              try {
                return taking.take(growth.volume().id());
              } finally {
                lock.unlock();
              }
            }
            case Growth.End.NotCreated(IOException why) -> refused.put(growth.place(), why);
            case Growth.End.NotNoted(IOException why) -> throw why;
          }
        }
      }
    }
  }

  private <T> Step<T> step(Wanted wanted, Taking<T> taking, Map<Place, IOException> refused) throws IOException {
    MasterView seen = view;
    Servers.Answers answers = servers.ask();
    List<VolumeEntry> spent = new ArrayList<>();
    lock.lock();
    try {
      if (seen.changes() != view.changes()) {
        return new Step.AskAgain<>();
      }
      spent.addAll(sealSpent(answers));
      List<NodeSpace> space = growths.without(answers.space(), refused.keySet());
      List<Growth> coming = growths.coming(wanted.demand());
      return switch (wanted.choice().decide(openVolumes(answers), space, coming.size())) {
        case Decision.Use(int chosen) -> new Step.Taken<>(taking.take(chosen));
        case Decision.Adopt(int adopted) -> {
          expectDone(new Command.AssignPurpose(adopted, wanted.demand().purpose()));
          yield new Step.Taken<>(taking.take(adopted));
        }
        case Decision.Grow(String node, String directory) -> {
          Place place = new Place(node, directory);
          List<Growth> elsewhere = growths.pending();
          yield elsewhere.isEmpty() || !holdsOneFor(wanted.demand(), place, answers)
              ? new Step.Grow<>(begin(wanted.demand(), place))
              : new Step.Await<>(elsewhere); // a directory without one may be free in a moment
        }
        case Decision.Await _ -> new Step.Await<>(coming);
        case Decision.NoRoom(String why) -> {
          List<Growth> waiting = growths.worthWaitingFor();
          if (waiting.isEmpty()) {
            throw noRoom(why, refused);
          }
          yield new Step.Hope<>(waiting);
        }
      };
    } finally {
      lock.unlock();
      seals.await(spent.stream().map(this::carryOut).toList());
    }
  }

  private boolean holdsOneFor(Demand demand, Place place, Servers.Answers answers) {
    return openVolumes(answers).stream().anyMatch(volume -> demand.isServedBy(volume.entry())
        && volume.entry().nodes().contains(place.node()) && volume.status().directory().equals(place.directory()));
  }

  private NoWritableVolumeException noRoom(String why, Map<Place, IOException> refused) {
    StringBuilder all = new StringBuilder(why);
    refused.forEach((place, fault) -> all.append("; none could be created in ").append(place).append(": ")
        .append(fault.getMessage()));
    String described = growths.described();
    return new NoWritableVolumeException(all + described, !refused.isEmpty() || !described.isEmpty());
  }

  /// Spends an id, durably, and has the volume created.
  ///
  /// @throws IllegalArgumentException if it would open one collection of blobs too many
  private Growth begin(Demand demand, Place place) throws IOException {
    if (resting) {
      throw new NoWritableVolumeException("the server is stopping", true);
    }
    if (demand.purpose() == VolumePurpose.BLOB) { // strangers ask for these
      BlobBounds.requireCollection(demand, log.state().volumes(), growths.pending());
      BlobBounds.requireDescriptors(1);
    }
    if (!(commit(new Command.ReserveVolumeId()) instanceof Outcome.VolumeIdTaken(int id))) {
      throw new NoWritableVolumeException("all volume ids are spent");
    }
    VolumeHost host = servers.on(place.node())
        .orElseThrow(() -> new IllegalStateException("placement chose " + place + ", which is not connected"));
    var spec = new VolumeSpec(id, demand.collection(), demand.placement(), demand.diskType(),
        config.placement().volumeLimitBytes());
    var growth = new Growth(
        new VolumeEntry(spec, demand.purpose(), VolumeState.WRITABLE, List.of(place.node()), clock.instant()), place,
        System.nanoTime(), new CompletableFuture<>());
    // It cannot end before the lock is free, and if no thread can be had nothing was begun.
    Thread.ofPlatform().daemon().name("volume-create-" + id).start(() -> create(host, growth));
    growths.begun(growth);
    return growth;
  }

  /// On a thread of its own.
  private void create(VolumeHost host, Growth growth) {
    VolumeEntry volume = growth.volume();
    Growth.End end;
    try {
      host.create(volume.spec(), growth.place().directory());
      end = new Growth.End.Created();
    } catch (IOException e) {
      IOException why = FileDescriptors.explained(e);
      LOG.warning("volume.notCreated").with("volume", volume.id()).with("place", growth.place()).with("reason", why)
          .say();
      end = new Growth.End.NotCreated(why);
    } catch (RuntimeException | Error e) { // also one of memory: nobody else would hear of it
      LOG.error("volume.notCreated").with("volume", volume.id()).with("place", growth.place()).say(e);
      end = new Growth.End.NotCreated(new IOException("volume " + volume.id() + " could not be created: " + e, e));
    }
    lock.lock();
    try {
      if (end instanceof Growth.End.Created) {
        end = closed
            ? new Growth.End.NotNoted(new IOException("the master was closed; the next start finds the volume"))
            : noted(growth);
      }
      growths.ended(growth);
    } finally {
      lock.unlock();
      growth.end().complete(end);
    }
  }

  private Growth.End noted(Growth growth) {
    VolumeEntry volume = growth.volume();
    try {
      expectDone(new Command.RecordVolume(volume));
      LOG.info("volume.grown").with("volume", volume.id()).with("purpose", volume.purpose())
          .with("collection", volume.spec().collection()).with("node", growth.place().node())
          .with("directory", growth.place().directory()).say();
      return new Growth.End.Created();
    } catch (IOException e) {
      LOG.warning("volume.notNoted").with("volume", volume.id()).with("place", growth.place()).say(e);
      return new Growth.End.NotNoted(e);
    } catch (RuntimeException | Error e) {
      LOG.error("volume.notNoted").with("volume", volume.id()).with("place", growth.place()).say(e);
      return new Growth.End.NotNoted(new IOException("volume " + volume.id() + " could not be noted: " + e, e));
    }
  }

  /// What it has in its registry, and has handed out.
  public FigureSource figures() {
    return into -> MasterFigures.tell(view.volumes().values(), servers.count(),
        leases.values().stream().mapToLong(Long::longValue).sum(), log.isStopped(), into);
  }

  @Override
  public void reportUnwritable(int volume) throws IOException {
    judge(volume, false);
  }

  @Override
  public void reportUnwritable(int volume, Reason reason) throws IOException {
    judge(volume, reason == Reason.FULL);
  }

  /// Sealing is for good, so what the server says now counts, and not what it said when it refused: a volume that had
  /// no space or was full may have been compacted since, or been given space.
  ///
  /// @param refusedAsFull so that a volume whose end is near is at its end
  private void judge(int volume, boolean refusedAsFull) throws IOException {
    if (view.writable(volume).isEmpty()) {
      return;
    }
    Servers.Answers answers = servers.ask();
    List<VolumeEntry> spent = new ArrayList<>();
    lock.lock();
    try {
      spent.addAll(sealSpent(answers)); // not the last one that takes deletes
      if (refusedAsFull) {
        List<OpenVolume> open = openVolumes(answers);
        Optional<OpenVolume> nearItsEnd = open.stream().filter(other -> other.id() == volume && other.takesAppends()
            && other.status().sizeBytes() >= other.entry().spec().limitBytes() / 2 && other.hasSuccessor(open))
            .findFirst();
        if (nearItsEnd.isPresent()) {
          noteSealed(nearItsEnd.get().entry());
          spent.add(nearItsEnd.get().entry());
        }
      }
    } finally {
      lock.unlock();
      seals.await(spent.stream().map(this::carryOut).toList());
    }
  }

  /// Lets a writable volume take no needles until it is marked writable again: it is leased no more, and nothing else
  /// changes.
  ///
  /// @throws IllegalArgumentException if no such volume is known, or it is sealed for good
  /// @throws IOException if a server that holds it cannot note it
  public void markReadOnly(int volume, boolean readOnly) throws IOException {
    VolumeEntry entry = view.volume(volume)
        .orElseThrow(() -> new IllegalArgumentException("there is no volume " + volume));
    if (entry.state() != VolumeState.WRITABLE) {
      throw new IllegalArgumentException("volume " + volume + " is " + entry.state().name().toLowerCase(Locale.ROOT)
          + ", for good: it takes no needles and cannot be made to");
    }
    for (String node : entry.nodes()) {
      servers.on(node)
          .orElseThrow(() -> new IOException("server " + node + " of volume " + volume + " is not connected"))
          .setReadOnly(volume, readOnly);
    }
    (readOnly ? LOG.info("volume.markedReadOnly") : LOG.info("volume.markedWritable")).with("volume", volume).say();
  }

  /// A volume that came to its end as the last of its kind stays open until another one is there, which is now. By the
  /// next lease that may be at its end, too.
  private void sealWhatHasASuccessorNow() throws IOException {
    Servers.Answers answers = servers.ask();
    List<VolumeEntry> spent = new ArrayList<>();
    lock.lock();
    try {
      spent.addAll(sealSpent(answers));
    } finally {
      lock.unlock();
      seals.await(spent.stream().map(this::carryOut).toList());
    }
  }

  /// Notes what has come to its end, under the lock; [#carryOut] follows outside of it.
  private List<VolumeEntry> sealSpent(Servers.Answers answers) throws IOException {
    List<OpenVolume> open = openVolumes(answers);
    List<VolumeEntry> spent = new ArrayList<>();
    for (OpenVolume volume : open) {
      if (volume.isSpent(open)) {
        noteSealed(volume.entry());
        spent.add(volume.entry());
      }
    }
    return spent;
  }

  /// The registry goes first: whether or not a failed disk can still note it, the volume is leased no more. A server
  /// that did not note it is told again when it registers.
  private void noteSealed(VolumeEntry entry) throws IOException {
    expectDone(new Command.MoveVolume(entry.id(), VolumeState.SEALED));
    LOG.info("volume.sealed").with("volume", entry.id()).say();
  }

  private CompletableFuture<Void> carryOut(VolumeEntry sealed) {
    return seals.carryOut(sealed, servers);
  }

  @Override
  public CatalogTerm takeCatalog(long floor) throws IOException {
    lock.lock();
    try {
      return switch (commit(new Command.TakeEpoch(floor))) {
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
        LOG.info("volume.retired").with("volume", volume).say();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isKnown(int volume) {
    return view.volume(volume).filter(entry -> entry.state() != VolumeState.RETIRED).isPresent();
  }

  /// Connected servers that report the volume.
  public List<NodeAddress> lookup(int volume) {
    return view.volume(volume).map(entry -> servers.holding(entry).stream().map(VolumeHost::address).toList())
        .orElse(List.of());
  }

  /// Whether a volume was opened for blobs of programs that keep file ids themselves, so that such a program may write
  /// to it.
  public boolean isForBlobs(int volume) {
    return view.volume(volume).filter(entry -> entry.purpose() == VolumePurpose.BLOB).isPresent();
  }

  /// Whether a volume can be written to as far as its server tells.
  public boolean takesAppends(int volume) {
    Optional<VolumeEntry> entry = view.writable(volume);
    return entry.isPresent() && servers.status(entry.get())
        .filter(status -> new OpenVolume(entry.get(), status, 0).takesAppends()).isPresent();
  }

  /// Ends once a fault of its disk has stopped it: opening it again gets over that, if the disk is well.
  public CompletableFuture<Void> startHelps() {
    return log.startHelps();
  }

  /// True once a fault of its disk has stopped it: what is there stays readable, nothing new is handed out until the
  /// server has started again.
  public boolean isStopped() {
    return log.isStopped();
  }

  /// How many keys each lease has.
  public int keysPerLease() {
    return config.placement().keysPerLease();
  }

  /// @throws RestartNeededException if so: nothing new is handed out
  public void requireRunning() throws RestartNeededException {
    log.requireRunning();
  }

  public Topology topology() {
    MasterView now = view;
    List<Topology.Server> listed = now.nodes().stream()
        .map(node -> servers.on(node.id())
            .map(host -> new Topology.Server(host.address(), true, host.disks(), host.volumes()))
            .orElseGet(() -> new Topology.Server(node, false, List.of(), List.of())))
        .toList();
    return new Topology(now.highestVolumeId(), now.epoch(), listed, now.all());
  }

  private List<OpenVolume> openVolumes(Servers.Answers answers) {
    List<OpenVolume> open = new ArrayList<>();
    for (VolumeEntry entry : view.volumes().values()) {
      VolumeStatus status = answers.volumes().get(entry.id());
      if (entry.state() == VolumeState.WRITABLE && status != null) {
        open.add(new OpenVolume(entry, status, leases.getOrDefault(entry.id(), 0L)));
      }
    }
    return open;
  }

  private void expectDone(Command command) throws IOException {
    if (!(commit(command) instanceof Outcome.Done)) {
      throw new IllegalStateException("the registry refused " + command);
    }
  }

  private Outcome commit(Command command) throws IOException {
    assert lock.isHeldByCurrentThread() : "the log is changed without its lock";
    Outcome outcome = log.commit(command);
    view = view.after(command, log.state());
    return outcome;
  }

  /// Creates and seals no more volumes, and waits a while for what is under way: the servers are going to be closed.
  public void rest() throws IOException {
    List<Growth> waiting;
    lock.lock();
    try {
      resting = true;
      waiting = growths.worthWaitingFor();
    } finally {
      lock.unlock();
    }
    growths.awaitEach(waiting);
    seals.rest();
  }

  /// Everything that was answered is durable already; this only gives the files back.
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      resting = true;
      log.close();
    } finally {
      lock.unlock();
    }
  }
}
