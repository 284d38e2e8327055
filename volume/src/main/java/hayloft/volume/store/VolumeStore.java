package hayloft.volume.store;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.metrics.FigureSource;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.index.IndexLog;
import hayloft.volume.http.NeedleHeads;
import hayloft.volume.compaction.Pace;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.scrub.Damage;
import hayloft.volume.scrub.ScrubConfig;
import hayloft.volume.scrub.ScrubFigures;
import hayloft.volume.scrub.Scrubber;
import hayloft.volume.scrub.VolumeRecord;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// All volumes of one volume server. Thread-safe.
public final class VolumeStore implements VolumeClient, VolumeHost, NeedleHeads, AutoCloseable {
  private static final EventLog LOG = EventLog.of(VolumeStore.class);

  private final NodeAddress address;
  private final UUID storeId;
  private final InstantSource clock;
  private final List<VolumeFolder> folders;
  private final AppendCounters counters = new AppendCounters();
  private final ReadCounters reads = new ReadCounters();
  private final Volume.Surroundings surroundings;
  private final Map<Integer, Volume> volumes = new ConcurrentHashMap<>();
  private final Map<Integer, Unreadable> unreadable = new ConcurrentHashMap<>();
  private final Set<Integer> creating = ConcurrentHashMap.newKeySet();
  private final SecureRandom random = new SecureRandom();
  private volatile long fence;
  /// What every folder's file says at least; guarded by this.
  private long fencedEverywhere;
  private volatile List<Compactor> compactors = List.of();
  /// One for each folder, in their order.
  private volatile List<Scrubber> scrubbers = List.of();

  private VolumeStore(VolumeStoreConfig config, List<VolumeFolder> folders, NodeAddress address, UUID storeId,
      InstantSource clock, ByteBufAllocator allocator) {
    this.address = address;
    this.storeId = storeId;
    this.clock = clock;
    this.folders = List.copyOf(folders);
    this.surroundings = new Volume.Surroundings(config, counters, new OpenFiles(config.openSealedVolumes()), allocator,
        () -> fence);
  }

  /// A volume that lies in a pack, damaged so that it cannot be opened.
  private record Unreadable(VolumeFiles files, String what) {}

  /// A folder of volumes.
  ///
  /// @param disk takes care of the folder alone
  /// @param diskType `hdd`, `ssd`, `nvme` or what the operator calls it
  public record Folder(Disk disk, String diskType) {}

  /// Opens every volume that lies in the folders, several at a time. The folders belong to this process (the caller
  /// holds their locks). If one cannot be opened, all that were are closed again; but one that is damaged in a pack,
  /// whose file it shares with others, is left out ([#unreadable()]).
  ///
  /// @throws IOException if a volume cannot be opened at all; the message names it
  public static VolumeStore open(VolumeStoreConfig config, List<Folder> folders, NodeAddress address, UUID storeId,
      InstantSource clock, ByteBufAllocator allocator) throws IOException {
    List<VolumeFolder> own = open(config, folders);
    VolumeStore store = new VolumeStore(config, own, address, storeId, clock, allocator);
    try {
      store.readFences(); // refuses what is of a newer program, before a volume is touched
      store.openVolumes();
      own.forEach(folder -> new Leftovers(folder.disk(), storeId).remove());
      store.fence = store.highestEpoch();
      store.startBackground();
      return store;
    } catch (Throwable e) {
      closeBeside(store, e);
      throw e;
    }
  }

  private static List<VolumeFolder> open(VolumeStoreConfig config, List<Folder> folders) throws IOException {
    List<VolumeFolder> own = new ArrayList<>();
    try {
      for (Folder folder : folders) {
        own.add(new VolumeFolder(PackedDisk.over(folder.disk()), folder.diskType(), config));
      }
      return own;
    } catch (Throwable e) {
      own.forEach(opened -> closeBeside(opened, e));
      throw e;
    }
  }

  private void openVolumes() throws IOException {
    Throwable first = null;
    try (ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
        Thread.ofPlatform().name("volume-open-", 0).factory())) {
      List<Future<?>> opening = new ArrayList<>();
      for (VolumeFolder folder : folders) {
        for (VolumeFiles files : present(folder.disk())) {
          opening.add(threads.submit(() -> open(folder, files)));
        }
      }
      for (Future<?> volume : opening) {
        try {
          volume.get();
        } catch (ExecutionException e) {
          if (first == null) {
            first = e.getCause();
          } else {
            first.addSuppressed(e.getCause());
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while opening volumes", e);
    }
    switch (first) {
      case null -> {
      }
      case IOException io -> throw io;
      case Error error -> throw error;
      default -> throw new IOException("a volume could not be opened: " + first, first);
    }
  }

  private @Nullable Void open(VolumeFolder folder, VolumeFiles files) throws IOException {
    try {
      add(Volume.open(folder, own(folder.disk(), files.descriptor()), surroundings));
    } catch (DamagedVolumeException e) {
      leaveOut(folder.disk(), files, e);
    }
    return null;
  }

  /// Nobody can move a part of a pack away: so the volume counts as one whose files are gone, until the pack is put
  /// back or the volume is given up. What lies there stays as it is.
  private void leaveOut(PackedDisk disk, VolumeFiles files, DamagedVolumeException why) throws DamagedVolumeException {
    if (!disk.isPacked(files.id())) {
      throw why;
    }
    unreadable.put(files.id(), new Unreadable(files, String.valueOf(why.getMessage())));
    LOG.error("volume.unreadable").with("volume", files.id()).with("reason", why).with("action", "all-others-go-on")
        .say();
  }

  /// The volumes that a folder has descriptors of. Those that were being taken away when the last process ended are
  /// taken away.
  private List<VolumeFiles> present(PackedDisk disk) throws IOException {
    List<VolumeFiles> present = new ArrayList<>();
    for (String name : disk.list()) {
      if (VolumeFiles.idOfPutAside(name) > 0) {
        new VolumeFiles(disk, VolumeFiles.idOfPutAside(name)).finishPuttingAside();
      }
    }
    for (String name : disk.list()) {
      if (VolumeFiles.idOfData(name) > 0) {
        refuseOrphan(new VolumeFiles(disk, VolumeFiles.idOfData(name)));
      }
    }
    for (String name : disk.list()) {
      int id = VolumeFiles.idOfDescriptor(name);
      if (id > 0) {
        VolumeFiles files = new VolumeFiles(disk, id);
        if (disk.isPacked(id) || own(disk, name).state() != VolumeState.RETIRED) {
          present.add(files);
        } else {
          files.remove();
          LOG.info("volume.filesRemoved").with("volume", id).with("directory", disk.describe()).say();
        }
      }
    }
    return present;
  }

  private void readFences() throws IOException {
    long highest = 0;
    long lowest = Long.MAX_VALUE;
    for (VolumeFolder folder : folders) {
      long epoch = switch (Fence.read(folder.disk())) {
        case Fence.Found.Epoch(long found) -> found;
        case Fence.Found.Absent() -> 0;
        case Fence.Found.Damaged(String what) -> {
          LOG.error("fence.damaged").with("reason", what)
              .with("action", "the other fences and the needles say what is fenced;"
                  + " it is written anew with the next epoch")
              .say();
          yield 0;
        }
      };
      highest = Math.max(highest, epoch);
      lowest = Math.min(lowest, epoch);
    }
    fencedEverywhere = folders.isEmpty() ? 0 : lowest;
    fence = highest;
  }

  private void startBackground() throws IOException {
    ClaimedRoom room = new ClaimedRoom();
    scrubbers = scrubbersOf(surroundings.config().scrub());
    compactors = folders.stream()
        .map(folder -> new Compactor(folder, surroundings.config().compaction(), volumes::values, room)).toList();
    scrubbers.forEach(Scrubber::start);
  }

  private static void closeBeside(AutoCloseable closed, Throwable why) {
    try {
      closed.close();
    } catch (Throwable e) {
      why.addSuppressed(e);
    }
  }

  private List<Scrubber> scrubbersOf(ScrubConfig config) throws IOException {
    List<Scrubber> made = new ArrayList<>();
    for (VolumeFolder folder : folders) {
      made.add(new Scrubber(folder.disk(), config,
          () -> volumes.values().stream().filter(volume -> volume.folder() == folder).toList(), clock));
    }
    return List.copyOf(made);
  }

  private Scrubber scrubberOf(Volume volume) {
    return scrubbers.get(folders.indexOf(volume.folder()));
  }

  /// A volume file without a descriptor would be passed over, and its objects with it. Only a creation that a crash cut
  /// short leaves one, with nothing but a superblock; it goes once every volume is open ([Leftovers]).
  private static void refuseOrphan(VolumeFiles files) throws IOException {
    if (!files.disk().exists(files.descriptor()) && !files.holdsNothing()) {
      throw new IOException(files.dataPath() + " is not empty, but its descriptor " + files.descriptor()
          + " is missing. " + files.disk().remedy(files.descriptor()));
    }
  }

  private Descriptor own(Disk disk, String name) throws IOException {
    Descriptor descriptor = Descriptor.read(disk, name);
    if (descriptor.spec().id() != VolumeFiles.idOfDescriptor(name)) {
      throw new IOException(disk.where(name) + " is the descriptor of volume " + descriptor.spec().id()
          + ", under another name. Nothing was changed. Move it and the files beside it away, or give them their names "
          + "back");
    }
    if (!descriptor.storeId().equals(storeId)) {
      throw new IOException(disk.where(name) + " belongs to store " + descriptor.storeId()
          + ", this is store " + storeId);
    }
    return descriptor;
  }

  /// Takes the volume, which is closed if it cannot be added.
  private Volume add(Volume volume) throws IOException {
    Volume other = volumes.putIfAbsent(volume.id(), volume);
    if (other != null) {
      volume.close();
      throw new IOException("volume " + volume.id() + " lies in two folders: " + other.status().directory() + " and "
          + volume.status().directory() + ". Move one of the two away");
    }
    return volume;
  }

  private Volume volume(int id) throws NoSuchVolumeException {
    Volume volume = volumes.get(id);
    if (volume == null) {
      throw new NoSuchVolumeException("no volume " + id + " here");
    }
    return volume;
  }

  @Override
  public CompletableFuture<Void> append(NeedleDraft draft) {
    Volume volume = volumes.get(draft.id().volume());
    if (volume == null) {
      draft.release();
      return CompletableFuture.failedFuture(new NoSuchVolumeException("no volume " + draft.id().volume() + " here"));
    }
    return volume.append(draft);
  }

  @Override
  public ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Volume volume = volume(id.volume());
    reads.fromDisk.increment();
    try {
      return volume.folder().read(() -> volume.read(id, fromBytes, lengthBytes));
    } catch (CorruptNeedleException e) {
      reads.damaged.increment();
      throw e;
    }
  }

  @Override
  public ReadResult readNow(FileId id, long fromBytes, int lengthBytes) throws IOException {
    try {
      ReadResult result = volume(id.volume()).readNow(id, fromBytes, lengthBytes);
      if (result instanceof ReadResult.Found) {
        reads.fromMemory.increment();
      }
      return result;
    } catch (CorruptNeedleException e) {
      reads.damaged.increment();
      throw e;
    }
  }

  @Override
  public Optional<NeedleHeads.NeedleHead> head(int volume, long key) throws IOException {
    Volume holder = volume(volume);
    return holder.folder().read(() -> holder.front(key)).map(front -> new NeedleHeads.NeedleHead(front.head().cookie(),
        front.head().kind(), front.meta(), front.head().dataBytes()));
  }

  @Override
  public Presence presence(int volume, long key) {
    Volume holder = volumes.get(volume);
    return holder == null ? Presence.GONE : holder.index().presence(key);
  }

  @Override
  public boolean search(FileId id) throws IOException {
    Volume volume = volumes.get(id.volume());
    return volume != null && volume.folder().read(() -> volume.index().search(id.key()));
  }

  @Override
  public boolean isCompactedAway(int volume, long key) throws IOException {
    Volume holder = volumes.get(volume);
    return holder != null && holder.folder().read(() -> holder.index().isCompactedAway(key));
  }

  @Override
  public boolean isAbsent(int volume, long key) throws IOException {
    Volume holder = volumes.get(volume);
    return holder != null && holder.folder().read(() -> holder.index().isAbsent(key));
  }

  @Override
  public long indexedBytes(int volume) {
    Volume holder = volumes.get(volume);
    return holder == null ? 0 : holder.generation().indexedBytes();
  }

  @Override
  public boolean isCutOff(int volume, long key) {
    Volume holder = volumes.get(volume);
    return holder != null && holder.index().isCutOff(key);
  }

  @Override
  public void markDead(int volume, long sequence, List<Long> keys) throws IOException {
    Volume marked = volumes.get(volume);
    if (marked != null) {
      marked.index().markDead(sequence, keys);
    }
  }

  @Override
  public void forget(int volume, List<Long> keys) throws IOException {
    Volume holder = volumes.get(volume);
    if (holder != null) {
      holder.index().forget(keys);
    }
  }

  @Override
  public List<VolumeMarks> marks() {
    return volumes.values().stream().map(volume -> volume.index().marks())
        .sorted(Comparator.comparingInt(VolumeMarks::volume)).toList();
  }

  @Override
  public List<Long> legacyMarks(int volume) throws IOException {
    return volume(volume).index().legacyMarks();
  }

  @Override
  public List<Integer> emptied() {
    return volumes.values().stream().filter(Volume::isEmptied).map(Volume::id).sorted().toList();
  }

  @Override
  public void retire(int volume) throws IOException {
    Volume gone = volumes.get(volume);
    if (gone != null) {
      boolean deleted = gone.retire();
      volumes.remove(volume, gone);
      if (deleted) {
        LOG.info("volume.filesRemoved").with("volume", volume).say();
      }
    }
  }

  @Override
  public void putAside(int volume) throws IOException {
    Volume gone = volumes.get(volume);
    if (gone != null) {
      gone.putAside();
      volumes.remove(volume, gone);
      tellPutAside(volume);
    }
    Unreadable left = unreadable.get(volume);
    if (left != null) {
      left.files.putAside();
      unreadable.remove(volume);
      tellPutAside(volume);
    }
  }

  private static void tellPutAside(int volume) {
    LOG.warning("volume.putAside").with("volume", volume).with("files", volume + ".*" + VolumeFiles.ASIDE).say();
  }

  @Override
  public String fileOf(int volume) {
    Volume known = volumes.get(volume);
    return known == null ? volume + VolumeFiles.DATA : known.folder().disk().fileOf(known.files().data());
  }

  @Override
  public Map<Integer, String> unreadable() {
    Map<Integer, String> what = new TreeMap<>();
    unreadable.forEach((volume, one) -> what.put(volume, one.what));
    return what;
  }

  @Override
  public List<VolumePosition> ends() {
    return volumes.values().stream().map(Volume::end).sorted(Comparator.comparingInt(VolumePosition::volume)).toList();
  }

  @Override
  public VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    return volume(from.volume()).scan(from, visitor);
  }

  @Override
  public void scanBooks(VolumePosition from, NeedleVisitor visitor) throws IOException {
    volume(from.volume()).scanBooks(from, visitor);
  }

  @Override
  public void sync() throws IOException {
    for (Volume volume : volumes.values()) {
      volume.sync();
    }
  }

  @Override
  public void sync(Set<Integer> some) throws IOException {
    for (int id : some) {
      volume(id).sync();
    }
  }

  @Override
  public long highestEpoch() {
    long highest = fence;
    for (Volume volume : volumes.values()) {
      highest = Math.max(highest, volume.highestEpoch());
    }
    return highest;
  }

  @Override
  public synchronized void prepareFence(long epoch) throws IOException {
    if (epoch > fencedEverywhere) {
      for (VolumeFolder folder : folders) {
        writeFence(folder.disk(), Math.max(epoch, fence));
      }
      fencedEverywhere = Math.max(epoch, fence);
    }
  }

  @Override
  public synchronized void fence(long epoch) throws IOException {
    prepareFence(epoch);
    if (epoch > fence) {
      fence = epoch;
      for (Volume volume : volumes.values()) {
        volume.drain();
      }
    }
  }

  private static void writeFence(Disk disk, long epoch) throws NoWritableVolumeException {
    try {
      Fence.write(disk, epoch);
    } catch (IOException e) {
      var refused = new NoWritableVolumeException(disk.where(Fence.NAME) + " could not be written, and before it is in "
          + "every directory no needle is: " + e.getMessage(), !(e instanceof NoSpaceException));
      refused.initCause(e);
      throw refused;
    }
  }

  @Override
  public NodeAddress address() {
    return address;
  }

  /// No two at a time of one volume, but of others: a disk that hangs holds up nobody who creates elsewhere.
  @Override
  public void create(VolumeSpec spec, String directory) throws IOException {
    if (!creating.add(spec.id())) {
      throw new IOException("volume " + spec.id() + " is being created already");
    }
    try {
      createAlone(spec, directory);
    } finally {
      creating.remove(spec.id());
    }
  }

  private void createAlone(VolumeSpec spec, String directory) throws IOException {
    Volume existing = volumes.get(spec.id());
    if (existing != null) {
      if (!existing.status().spec().equals(spec)) {
        throw new IOException("volume " + spec.id() + " exists with other settings: " + existing.status().spec());
      }
      return;
    }
    VolumeFolder folder = directory.isEmpty() ? roomiest(spec) : named(directory);
    add(Volume.create(folder, Descriptor.first(spec, storeId, random.nextLong(), clock.millis(), fence), surroundings));
    LOG.info("volume.created").with("volume", spec.id()).with("directory", folder.disk().describe())
        .with("limitBytes", spec.limitBytes()).say();
  }

  private VolumeFolder named(String directory) throws IOException {
    return folders.stream().filter(folder -> folder.disk().describe().equals(directory)).findFirst()
        .orElseThrow(() -> new IOException(directory + " is no data directory of this server"));
  }

  private VolumeFolder roomiest(VolumeSpec spec) throws IOException {
    VolumeFolder roomiest = null;
    long mostFree = -1;
    for (VolumeFolder folder : folders) {
      DiskStatus status = folder.status();
      boolean matches = spec.diskType().isEmpty() || spec.diskType().equals(folder.diskType());
      if (matches && status.writable() && status.freeBytes() > mostFree) {
        roomiest = folder;
        mostFree = status.freeBytes();
      }
    }
    if (roomiest == null) {
      throw new IOException("no data directory" + (spec.diskType().isEmpty() ? "" : " of disk type " + spec.diskType())
          + " has room above its free-space reserve for volume " + spec.id());
    }
    return roomiest;
  }

  @Override
  public void seal(int volume) throws IOException {
    volume(volume).seal();
    LOG.info("volume.closedForWrites").with("volume", volume).say();
  }

  @Override
  public List<VolumeStatus> volumes() {
    return volumes.values().stream().map(Volume::status).sorted(Comparator.comparingInt(s -> s.spec().id())).toList();
  }

  @Override
  public List<DiskStatus> disks() {
    List<DiskStatus> disks = new ArrayList<>();
    for (VolumeFolder folder : folders) {
      try {
        disks.add(folder.status());
      } catch (IOException e) {
        LOG.warning("disk.statusUnknown").with("folder", folder.disk().describe()).say(e);
        disks.add(new DiskStatus(folder.disk().describe(), folder.diskType(), 0, 0, 0, false, 1));
      }
    }
    return disks;
  }

  /// Compacts a volume now, however little of it is dead, and returns when its new generation is in place.
  ///
  /// @return false if there is no room for the copy, it is being compacted already, or the volume failed
  /// @throws IOException if the compaction came to no end; the volume is as it was
  public boolean compact(int volume) throws IOException {
    Volume wanted = volume(volume);
    for (Compactor compactor : compactors) {
      if (compactor.serves(wanted)) {
        return compactor.compact(wanted);
      }
    }
    throw new IllegalStateException("volume " + volume + " lies in no folder of this store");
  }

  /// Packs now what is sparse and has not changed since the last call so many times as the settings say. Not beside the
  /// background.
  public void pack() throws IOException {
    for (Compactor compactor : compactors) {
      compactor.packNow();
    }
  }

  /// Volumes whose last compaction in the background failed, with what was wrong. They are tried again after growing
  /// pauses.
  public Map<Integer, String> postponedCompactions() {
    Map<Integer, String> postponed = new TreeMap<>();
    compactors.forEach(compactor -> postponed.putAll(compactor.reasons()));
    return postponed;
  }

  /// Reads and verifies every needle of a volume now; returns when it has.
  ///
  /// @throws IOException if pace or watcher ended it, or there is no such volume; damage is no fault
  public void scrub(int volume, Pace pace, Scrubber.Watcher watcher) throws IOException {
    Volume wanted = volume(volume);
    scrubberOf(wanted).verify(wanted, pace, watcher);
  }

  /// Where scrubbing stands over all directories: the oldest debt, the sum of everything else.
  public ScrubFigures scrubFigures() {
    Duration debt = Duration.ZERO;
    long bytesVerified = 0;
    List<Damage> damages = new ArrayList<>();
    for (Scrubber scrubber : scrubbers) {
      ScrubFigures figures = scrubber.figures();
      debt = figures.debt().compareTo(debt) > 0 ? figures.debt() : debt;
      bytesVerified += figures.bytesVerified();
      damages.addAll(figures.damages());
    }
    return new ScrubFigures(debt, bytesVerified, damages);
  }

  /// When a volume was verified, and how far the pass under way is.
  public VolumeRecord scrubRecord(int volume) throws NoSuchVolumeException {
    return scrubberOf(volume(volume)).recordOf(volume);
  }

  @Override
  public boolean holds(FileId id) {
    Volume volume = volumes.get(id.volume());
    return volume != null && volume.holds(id.key());
  }

  @Override
  public void setReadOnly(int volume, boolean readOnly) throws IOException {
    volume(volume).setReadOnly(readOnly);
    LOG.info("volume.marked").with("volume", volume).with("readOnly", readOnly).say();
  }

  /// Every needle of a volume's file as its index has it, dead ones included; for tests.
  List<IndexLog.Entry> entries(int volume) throws IOException {
    return volume(volume).entries();
  }

  public AppendCounters appendCounters() {
    return counters;
  }

  /// What it has done so far, and how its volumes and disks are.
  public FigureSource figures() {
    return new VolumeFigures(counters, reads, surroundings.openFiles(), folders, volumes.values(), () -> compactors,
        () -> scrubbers, this::disks, this::scrubFigures);
  }

  /// Syncs and closes all volumes. What still waits to be appended is refused.
  @Override
  public void close() throws IOException {
    List<AutoCloseable> all = new ArrayList<>(scrubbers);
    all.addAll(compactors);
    volumes.values().forEach(volume -> all.add(volume::close));
    all.addAll(folders);
    Throwable first = null;
    for (AutoCloseable one : all) {
      try {
        one.close();
      } catch (Throwable e) { // the rest is closed whatever comes
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    switch (first) {
      case null -> {
      }
      case IOException io -> throw io;
      case RuntimeException bug -> throw bug;
      case Error error -> throw error;
      default -> throw new IOException("the volumes could not be closed", first);
    }
  }
}
