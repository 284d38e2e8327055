package hayloft.volume.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.FileId;
import hayloft.common.metrics.FigureSource;
import hayloft.common.placement.NodeAddress;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeHost;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.http.NeedleHeads;
import hayloft.volume.compaction.Pace;
import hayloft.volume.needle.Superblock;
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
  private static final String FENCE = "fence";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final System.Logger LOG = System.getLogger(VolumeStore.class.getName());

  private final NodeAddress address;
  private final UUID storeId;
  private final InstantSource clock;
  private final List<VolumeFolder> folders;
  private final AppendCounters counters = new AppendCounters();
  private final ReadCounters reads = new ReadCounters();
  private final Volume.Surroundings surroundings;
  private final Map<Integer, Volume> volumes = new ConcurrentHashMap<>();
  private final SecureRandom random = new SecureRandom();
  private volatile long fence;
  private volatile List<Compactor> compactors = List.of();
  /// One for each folder, in their order.
  private volatile List<Scrubber> scrubbers = List.of();

  private VolumeStore(VolumeStoreConfig config, List<VolumeFolder> folders, NodeAddress address, UUID storeId,
      InstantSource clock, ByteBufAllocator allocator) {
    this.address = address;
    this.storeId = storeId;
    this.clock = clock;
    this.folders = List.copyOf(folders);
    this.surroundings = new Volume.Surroundings(config, counters, allocator, () -> fence);
  }

  /// A folder of volumes.
  ///
  /// @param disk takes care of the folder alone
  /// @param diskType `hdd`, `ssd`, `nvme` or what the operator calls it
  public record Folder(Disk disk, String diskType) {}

  /// Opens every volume that lies in the folders, several at a time. The folders belong to this process (the caller holds
  /// their locks).
  ///
  /// @throws IOException if a volume cannot be opened at all; the message names it
  public static VolumeStore open(VolumeStoreConfig config, List<Folder> folders, NodeAddress address, UUID storeId,
      InstantSource clock, ByteBufAllocator allocator) throws IOException {
    List<VolumeFolder> own = folders.stream().map(f -> new VolumeFolder(f.disk(), f.diskType(), config)).toList();
    VolumeStore store = new VolumeStore(config, own, address, storeId, clock, allocator);
    List<Future<Volume>> opening = new ArrayList<>();
    try {
      for (VolumeFolder folder : own) {
        store.fence = Math.max(store.fence, readFence(folder.disk()));
      }
      store.openVolumes(opening);
      store.startBackground();
      return store;
    } catch (Throwable e) {
      store.closeUnfinished(opening, e);
      throw e;
    }
  }

  /// @param opening one for each volume that was begun to be opened; all have ended on return, well or not
  private void openVolumes(List<Future<Volume>> opening) throws IOException {
    try (ExecutorService threads = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors(),
        Thread.ofPlatform().name("volume-open-", 0).factory())) {
      for (VolumeFolder folder : folders) {
        for (String name : folder.disk().list()) {
          refuseOrphan(folder.disk(), name);
          if (name.matches("[1-9][0-9]*\\" + Descriptor.SUFFIX)) {
            opening.add(threads.submit(() -> Volume.open(folder, own(folder, name), surroundings)));
          }
        }
      }
      for (Future<Volume> volume : opening) {
        add(volume.get());
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException("a volume could not be opened", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while opening volumes", e);
    }
  }

  private void startBackground() throws IOException {
    ClaimedRoom room = new ClaimedRoom();
    scrubbers = scrubbersOf(surroundings.config().scrub());
    compactors = folders.stream()
        .map(folder -> new Compactor(folder, surroundings.config().compaction(), volumes::values, room)).toList();
    scrubbers.forEach(Scrubber::start);
  }

  /// Leaves no thread and no open file behind when one volume or folder could not be opened.
  private void closeUnfinished(List<Future<Volume>> opening, Throwable why) {
    for (Future<Volume> volume : opening) { // those that could not be added, too
      if (volume.state() == Future.State.SUCCESS) {
        volumes.remove(volume.resultNow().id(), volume.resultNow());
        closeBeside(volume.resultNow()::close, why);
      }
    }
    closeBeside(this, why);
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

  /// A volume file without a descriptor would be passed over, and its objects with it. Only a creation that a crash cut short
  /// leaves one, with nothing but a superblock; it goes when the id is made again.
  private static void refuseOrphan(Disk disk, String name) throws IOException {
    if (!name.matches("[1-9][0-9]*\\" + Volume.DATA)) {
      return;
    }
    String descriptor = name.substring(0, name.length() - Volume.DATA.length()) + Descriptor.SUFFIX;
    if (disk.exists(descriptor)) {
      return;
    }
    try (DiskFile file = disk.open(name)) {
      if (file.sizeBytes() > Superblock.BYTES) {
        throw new IOException(disk.describe() + "/" + name + " has needles, but its descriptor " + descriptor
            + " is missing. Put the descriptor back, or, to go on without its objects, move the file away");
      }
    }
  }

  private Descriptor own(VolumeFolder folder, String name) throws IOException {
    Descriptor descriptor = Descriptor.read(folder.disk(), name);
    if (!descriptor.storeId().equals(storeId)) {
      throw new IOException(folder.disk().describe() + "/" + name + " belongs to store " + descriptor.storeId()
          + ", this is store " + storeId);
    }
    return descriptor;
  }

  private void add(Volume volume) throws IOException {
    Volume other = volumes.putIfAbsent(volume.id(), volume);
    if (other != null) {
      throw new IOException("volume " + volume.id() + " lies in two folders: " + other.status().directory() + " and "
          + volume.status().directory());
    }
  }

  private static long readFence(Disk disk) throws IOException {
    return disk.exists(FENCE) ? JSON.readTree(SmallFile.read(disk, FENCE)).path("epoch").asLong() : 0;
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
  public void markDead(int volume, List<Long> keys) throws IOException {
    volume(volume).markDead(keys);
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
    return fence;
  }

  @Override
  public synchronized void fence(long epoch) throws IOException {
    if (epoch <= fence) {
      return;
    }
    for (VolumeFolder folder : folders) {
      SmallFile.replace(folder.disk(), FENCE, JSON.createObjectNode().put("epoch", epoch).toString());
    }
    fence = epoch;
    for (Volume volume : volumes.values()) {
      volume.drain();
    }
  }

  @Override
  public NodeAddress address() {
    return address;
  }

  @Override
  public synchronized void create(VolumeSpec spec, String directory) throws IOException {
    Volume existing = volumes.get(spec.id());
    if (existing != null) {
      if (!existing.status().spec().equals(spec)) {
        throw new IOException("volume " + spec.id() + " exists with other settings: " + existing.status().spec());
      }
      return;
    }
    VolumeFolder folder = directory.isEmpty() ? roomiest(spec) : named(directory);
    add(Volume.create(folder, new Descriptor(spec, VolumeState.WRITABLE, storeId, random.nextLong(), clock.millis(), -1,
        true, false), surroundings));
    LOG.log(System.Logger.Level.INFO, "volume-created volume=" + spec.id() + " directory=" + folder.disk().describe()
        + " limitBytes=" + spec.limitBytes());
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
    LOG.log(System.Logger.Level.INFO, "volume-sealed volume=" + volume);
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
        LOG.log(System.Logger.Level.WARNING, "disk-status-unknown folder=" + folder.disk().describe(), e);
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
    LOG.log(System.Logger.Level.INFO, "volume-marked volume=" + volume + " readOnly=" + readOnly);
  }

  public AppendCounters appendCounters() {
    return counters;
  }

  /// What it has done so far, and how its volumes and disks are.
  public FigureSource figures() {
    return new VolumeFigures(counters, reads, folders, volumes.values(), () -> compactors, () -> scrubbers,
        this::disks, this::scrubFigures);
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
