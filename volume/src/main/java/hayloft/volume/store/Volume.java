package hayloft.volume.store;

import hayloft.common.CrashPoints;
import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// One volume: its files, and its writer as long as it is writable. Thread-safe.
///
/// **Opening.** The superblock says which generation the file is. If the map was closed cleanly for exactly this file, it is used
/// as it is. Otherwise it is made again: from the entries of the index log before its last checkpoint, and from a scan of the
/// volume file behind that, in which every byte is verified. What the scan finds last and not whole is the torn tail of a
/// crash, and is cut; damage with good needles behind it stays where it is and is reported. Then the dead marks are applied.
final class Volume {
  static final String DATA = ".dat";
  private static final String LOG_SUFFIX = ".idx";
  private static final String MAP_SUFFIX = ".map";
  private static final String DEAD_SUFFIX = ".dead";
  private static final System.Logger LOG = System.getLogger(Volume.class.getName());

  private final VolumeFolder folder;
  private final Disk disk;
  private final DeadLog deadLog;
  /// Guards the map's and the dead log's changes.
  private final ReentrantLock index = new ReentrantLock();
  private volatile Descriptor descriptor;
  private volatile Generation generation;
  private volatile @Nullable VolumeAppender appender;

  private Volume(VolumeFolder folder, Descriptor descriptor, Generation generation, DeadLog deadLog) {
    this.folder = folder;
    this.disk = folder.disk();
    this.descriptor = descriptor;
    this.generation = generation;
    this.deadLog = deadLog;
  }

  /// What all volumes of a store share.
  ///
  /// @param fence the oldest epoch that may append
  record Surroundings(VolumeStoreConfig config, AppendCounters counters, ByteBufAllocator allocator,
      LongSupplier fence) {}

  /// Makes a new, empty, writable volume; durable on return.
  static Volume create(VolumeFolder folder, Descriptor descriptor, Surroundings surroundings) throws IOException {
    Disk disk = folder.disk();
    int id = descriptor.spec().id();
    for (String suffix : List.of(DATA, LOG_SUFFIX, MAP_SUFFIX, DEAD_SUFFIX)) {
      disk.delete(id + suffix); // of a creation that a crash cut short: without a descriptor there is no volume
    }
    Superblock superblock = superblockOf(descriptor, 0);
    try (DiskFile file = disk.open(id + DATA)) {
      file.write(new ByteBuffer[]{superblock.encode()}, 0);
      file.force();
    }
    descriptor.write(disk);
    return open(folder, descriptor, surroundings);
  }

  private static Superblock superblockOf(Descriptor descriptor, int generation) {
    return new Superblock(descriptor.spec().id(), generation, descriptor.storeId(), descriptor.salt(),
        descriptor.createdMillis());
  }

  static Volume open(VolumeFolder folder, Descriptor descriptor, Surroundings surroundings) throws IOException {
    Disk disk = folder.disk();
    int id = descriptor.spec().id();
    String dataName = disk.describe() + "/" + id + DATA;
    DiskFile file = disk.open(id + DATA);
    Superblock superblock = readSuperblock(file, descriptor, dataName);
    if (descriptor.cutBytes() >= 0 && file.sizeBytes() > descriptor.cutBytes()) {
      file.truncate(descriptor.cutBytes());
    }
    NeedleMap clean = NeedleMap.openClean(disk, id + MAP_SUFFIX, superblock, file.sizeBytes());
    NeedleMap map = clean == null ? NeedleMap.create(disk, id + MAP_SUFFIX, superblock) : clean;
    IndexLog cleanLog = clean == null ? null : IndexLog.openClean(disk, id + LOG_SUFFIX, superblock, file.sizeBytes());
    long end = file.sizeBytes();
    IndexLog log;
    if (cleanLog != null) {
      log = cleanLog;
    } else {
      IndexLog.Opened opened = IndexLog.open(disk, id + LOG_SUFFIX, superblock, end,
          clean == null ? map::put : (key, at) -> {});
      log = opened.log();
      end = recover(id, file, dataName, superblock, opened, clean == null ? map : null);
    }
    DeadLog deadLog = DeadLog.open(disk, id + DEAD_SUFFIX, id, new DeadLog.Visitor() {
      @Override
      public void mark(long key) throws IOException {
        if (clean == null) {
          map.remove(key);
        }
      }

      @Override
      public void damage(long offset, long lengthBytes) {
        LOG.log(System.Logger.Level.ERROR,
            "dead-log-damaged volume=" + id + " offset=" + offset + " bytes=" + lengthBytes);
      }
    });
    disk.sync();
    Generation generation = new Generation(superblock, file,
        new NeedleReader(file, dataName, superblock, surroundings.allocator()), map, log, end);
    Volume volume = new Volume(folder, descriptor, generation, deadLog);
    if (descriptor.state() == VolumeState.WRITABLE && descriptor.cutBytes() < 0) {
      volume.appender = new VolumeAppender(volume, folder, surroundings.config(), surroundings.counters(),
          surroundings.fence());
    }
    return volume;
  }

  private static Superblock readSuperblock(DiskFile file, Descriptor descriptor, String name) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Superblock.BYTES);
    file.read(bytes, 0);
    try {
      Superblock superblock = Superblock.decode(bytes.flip(), name);
      if (superblock.volume() != descriptor.spec().id() || !superblock.storeId().equals(descriptor.storeId())) {
        throw new IOException(name + " is volume " + superblock.volume() + " of store " + superblock.storeId()
            + ", expected volume " + descriptor.spec().id() + " of store " + descriptor.storeId());
      }
      return superblock;
    } catch (CorruptNeedleException e) {
      LOG.log(System.Logger.Level.ERROR, "superblock-damaged file=" + name + " cause=" + e.getMessage());
      // Its content is in the descriptor, but for the generation; any will do that the caches do not carry, since they
      // are made again.
      Superblock remade = superblockOf(descriptor, (int) (System.currentTimeMillis() & 0x3fff_ffff) | 0x4000_0000);
      file.write(new ByteBuffer[]{remade.encode()}, 0);
      file.force();
      return remade;
    }
  }

  /// Scans what the index log does not cover, and cuts the torn tail.
  ///
  /// @param map null if it is good already
  private static long recover(int id, DiskFile file, String name, Superblock superblock, IndexLog.Opened opened,
      @Nullable NeedleMap map) throws IOException {
    long size = file.sizeBytes();
    List<String> damages = new ArrayList<>();
    NeedleScanner scanner = new NeedleScanner(file, name, superblock, size, NeedleScanner.Depth.DATA);
    long end = scanner.scan(opened.scanFromBytes(), new NeedleScanner.Visitor() {
      @Override
      public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
        enter(head, offset);
      }

      @Override
      public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) throws IOException {
        damages.add(what);
        if (damaged != null && offset + damaged.recordBytes() < size) {
          enter(damaged, offset); // a read then says what is wrong with it, instead of finding nothing
        }
      }

      private void enter(NeedleHead head, long offset) throws IOException {
        long place = NeedlePlace.of(offset, head.recordBytes());
        if (map != null) {
          map.put(head.key(), place);
        }
        opened.log().add(head.key(), place);
      }
    });
    if (end < size) {
      LOG.log(System.Logger.Level.INFO, "torn-tail-cut volume=" + id + " from=" + end + " bytes=" + (size - end));
      file.truncate(end);
    }
    file.force();
    for (String what : damages.subList(0, Math.min(damages.size(), 20))) {
      LOG.log(System.Logger.Level.WARNING, "volume-damage volume=" + id + " " + what);
    }
    opened.log().checkpoint(end);
    return end;
  }

  int id() {
    return descriptor.spec().id();
  }

  long limitBytes() {
    return descriptor.spec().limitBytes();
  }

  Generation generation() {
    return generation;
  }

  VolumeState state() {
    return descriptor.state();
  }

  void lockIndex() {
    index.lock();
  }

  void unlockIndex() {
    index.unlock();
  }

  /// Takes the draft.
  CompletableFuture<Void> append(NeedleDraft draft, ByteBufAllocator allocator) {
    VolumeAppender writer = appender;
    if (writer == null) {
      draft.release();
      Reason reason = descriptor.cutBytes() >= 0 ? Reason.FAILED : Reason.SEALED;
      return CompletableFuture.failedFuture(
          new VolumeUnwritableException(id(), reason, "volume " + id() + " takes no needles any more"));
    }
    return writer.append(EncodedNeedle.of(draft, generation.superblock().salt(), allocator), draft.durability());
  }

  ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Generation leased = leaseGeneration();
    try {
      OptionalLong place = leased.map().find(id.key());
      if (place.isEmpty()) {
        return new ReadResult.Absent();
      }
      long at = place.getAsLong();
      return result(leased.reader().read(id, NeedlePlace.offsetBytes(at), NeedlePlace.recordBytes(at), fromBytes,
          lengthBytes));
    } finally {
      leased.release();
    }
  }

  ReadResult readNow(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Generation leased = leaseGeneration();
    try {
      OptionalLong place = leased.map().find(id.key());
      if (place.isEmpty()) {
        return new ReadResult.Absent();
      }
      long at = place.getAsLong();
      Optional<ByteBuf> data = leased.reader().readCached(id, NeedlePlace.offsetBytes(at), NeedlePlace.recordBytes(at),
          fromBytes, lengthBytes);
      return data == null ? new ReadResult.NotCached() : result(data);
    } finally {
      leased.release();
    }
  }

  /// Head and meta of a live needle.
  Optional<NeedleReader.Front> front(long key) throws IOException {
    Generation leased = leaseGeneration();
    try {
      OptionalLong place = leased.map().find(key);
      return place.isEmpty()
          ? Optional.empty()
          : Optional.of(leased.reader().readFront(key, NeedlePlace.offsetBytes(place.getAsLong()),
              NeedlePlace.recordBytes(place.getAsLong())));
    } finally {
      leased.release();
    }
  }

  private static ReadResult result(Optional<ByteBuf> data) {
    return data.isPresent() ? new ReadResult.Found(data.get()) : new ReadResult.Absent();
  }

  Generation leaseGeneration() {
    while (true) {
      Generation current = generation;
      if (current.lease()) {
        return current;
      }
      Thread.onSpinWait(); // a compaction has just switched
    }
  }

  void markDead(List<Long> keys) throws IOException {
    index.lock();
    try {
      NeedleMap map = generation.map();
      List<Long> live = keys.stream().filter(key -> map.find(key).isPresent()).toList();
      if (live.isEmpty()) {
        return;
      }
      CrashPoints.pass("volume.beforeDeadMark");
      deadLog.append(live);
      CrashPoints.pass("volume.afterDeadMark");
      for (long key : live) {
        map.remove(key);
      }
    } finally {
      index.unlock();
    }
  }

  VolumePosition end() {
    Generation current = generation;
    return new VolumePosition(id(), current.number(), current.endBytes());
  }

  VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    Generation leased = leaseGeneration();
    try {
      long end = leased.endBytes();
      long start = from.generation() == leased.number()
          ? Math.max(from.offsetBytes(), Superblock.BYTES)
          : Superblock.BYTES;
      String name = disk.describe() + "/" + id() + DATA;
      new NeedleScanner(leased.file(), name, leased.superblock(), end, NeedleScanner.Depth.METAS).scan(start,
          new NeedleScanner.Visitor() {
            @Override
            public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
              boolean live = head.kind() != NeedleKind.BLOB && leased.map().find(head.key())
                  .orElse(0) == NeedlePlace.of(offset, head.recordBytes());
              if (live) {
                visitor.needle(head.id(), head.kind(), head.sequence(), Unpooled.wrappedBuffer(meta), head.dataBytes());
              }
            }

            @Override
            public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
              visitor.damaged(new VolumePosition(id(), leased.number(), offset), lengthBytes, what);
            }
          });
      return new VolumePosition(id(), leased.number(), end);
    } finally {
      leased.release();
    }
  }

  /// Waits until everything submitted before is durable or refused.
  void drain() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      writer.call(() -> {});
    }
  }

  void seal() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      writer.close(writer::checkpoint);
      appender = null;
    }
    if (descriptor.state() == VolumeState.WRITABLE) {
      Descriptor sealed = descriptor.withState(descriptor.state().moveTo(VolumeState.SEALED));
      sealed.write(disk);
      descriptor = sealed;
    }
  }

  /// A write or sync failed behind this offset: whatever the disk shows there later, it was never acknowledged. Best effort,
  /// since it is written to the disk that has just failed; the file was cut too.
  void cutAt(long bytes) {
    try {
      Descriptor cut = descriptor.withCut(bytes);
      cut.write(disk);
      descriptor = cut;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.ERROR, "volume-cut-not-recorded volume=" + id() + " end=" + bytes, e);
    }
  }

  VolumeStatus status() {
    Generation current = generation;
    NeedleMap map = current.map();
    VolumeAppender writer = appender;
    Optional<Reason> unwritable;
    if (writer == null) {
      unwritable = Optional.of(descriptor.cutBytes() >= 0 ? Reason.FAILED : Reason.SEALED);
    } else {
      unwritable = writer.isWritable() ? Optional.empty() : Optional.of(writer.unwritableReason());
    }
    return new VolumeStatus(descriptor.spec(), descriptor.state(), current.number(), current.endBytes(),
        map.liveNeedles(),
        map.deadNeedles(), map.deadBytes(), map.highestKey(), disk.describe(), unwritable);
  }

  /// Ends writing and leaves files that the next start opens at once.
  void close() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      writer.close(writer::checkpoint);
      appender = null;
    }
    index.lock();
    try {
      generation.map().close(generation.endBytes());
      deadLog.close();
    } finally {
      index.unlock();
    }
    generation.release();
  }

  VolumeFolder folder() {
    return folder;
  }
}
