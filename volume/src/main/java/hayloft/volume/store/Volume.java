package hayloft.volume.store;

import hayloft.common.CrashPoints;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.compaction.GenerationCopy;
import hayloft.volume.compaction.Pace;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import hayloft.volume.scrub.Verifiable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// One volume: its files, and its writer as long as it is writable. Thread-safe.
///
/// **Opening.** The superblock says which generation the file is. If the map was closed cleanly for exactly this file, it is used
/// as it is. Otherwise it is made again: from the entries of the index log before its last checkpoint, and behind that by
/// [VolumeRecovery]. Then the dead marks are applied.
///
/// **Locks.** `life` is for seal, close and the switch of a compaction; `index` for changes of map and dead marks; `life`
/// is taken first. Readers and the writer's file need neither.
final class Volume implements Verifiable {
  static final String DATA = ".dat";
  /// What may be left for the writer's thread to copy at the end of a compaction.
  private static final long LAST_ROUND_BYTES = 1 << 20;
  private static final int MAX_ROUNDS = 8;
  private static final String LOG_SUFFIX = ".idx";
  private static final String MAP_SUFFIX = ".map";
  private static final String DEAD_SUFFIX = ".dead";
  private static final System.Logger LOG = System.getLogger(Volume.class.getName());

  private final VolumeFolder folder;
  private final Disk disk;
  private final DeadLog deadLog;
  /// Guards the map's and the dead log's changes.
  private final ReentrantLock index = new ReentrantLock();
  /// Guards the state against being changed from two sides.
  private final ReentrantLock life = new ReentrantLock();
  /// Guards changes of the descriptor; the last lock that is taken.
  private final ReentrantLock describing = new ReentrantLock();
  /// Held by the one compaction that may run.
  private final ReentrantLock compacting = new ReentrantLock();
  private final ByteBufAllocator allocator;
  private volatile boolean closed;
  /// The writer ended with needles that were acknowledged without a sync, and could not sync them.
  private volatile boolean endedUnsynced;
  private volatile Descriptor descriptor;
  private volatile Generation generation;
  private volatile @Nullable VolumeAppender appender;

  private Volume(VolumeFolder folder, Descriptor descriptor, Generation generation, DeadLog deadLog,
      ByteBufAllocator allocator) {
    this.allocator = allocator;
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
    for (String suffix : List.of(DATA, LOG_SUFFIX, MAP_SUFFIX, MAP_SUFFIX + NeedleMap.NEXT, DEAD_SUFFIX)) {
      disk.delete(id + suffix); // of a creation that a crash cut short: without a descriptor there is no volume
    }
    try {
      try (DiskFile file = disk.open(id + DATA)) {
        file.write(new ByteBuffer[]{VolumeRecovery.superblockOf(descriptor, 0).encode()}, 0);
        file.force();
      }
      DeadLog.create(disk, id + DEAD_SUFFIX, id);
      disk.sync(); // the descriptor promises that both are there
      descriptor.write(disk);
      return open(folder, descriptor, surroundings);
    } catch (IOException e) {
      if (e instanceof NoSpaceException) {
        folder.ranOut();
      } else {
        folder.failed();
      }
      removeUnfinished(disk, id, e);
      throw e;
    }
  }

  /// The descriptor goes first: without it there is no volume.
  private static void removeUnfinished(Disk disk, int id, IOException cause) {
    try {
      for (String suffix : List.of(Descriptor.SUFFIX, DATA, LOG_SUFFIX, MAP_SUFFIX, DEAD_SUFFIX)) {
        disk.delete(id + suffix);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  static Volume open(VolumeFolder folder, Descriptor descriptor, Surroundings surroundings) throws IOException {
    Disk disk = folder.disk();
    int id = descriptor.spec().id();
    String dataName = disk.describe() + "/" + id + DATA;
    GenerationCopy.removeLeftovers(disk, namesOf(id));
    if (!disk.exists(id + DATA)) {
      throw new IOException(dataName + " is missing, but its descriptor " + id + Descriptor.SUFFIX
          + " is there: the needles of volume " + id
          + " are gone. Put the file back, or, to go on without its objects, move "
          + id + ".* away");
    }
    DiskFile file = disk.open(id + DATA);
    Superblock superblock = VolumeRecovery.superblock(file, descriptor, dataName);
    if (descriptor.cutBytes() >= 0 && file.sizeBytes() > descriptor.cutBytes()) {
      file.truncate(descriptor.cutBytes());
    }
    NeedleMap clean = NeedleMap.openClean(disk, id + MAP_SUFFIX, superblock, file.sizeBytes());
    NeedleMap map = clean == null
        ? NeedleMap.create(disk, id + MAP_SUFFIX, superblock, IndexLog.expectedNeedles(disk, id + LOG_SUFFIX))
        : clean;
    IndexLog cleanLog = clean == null ? null : IndexLog.openClean(disk, id + LOG_SUFFIX, superblock, file.sizeBytes());
    IndexLog log;
    VolumeRecovery.Tail tail;
    if (cleanLog != null) {
      log = cleanLog;
      tail = new VolumeRecovery.Tail(file.sizeBytes(), List.of());
    } else {
      IndexLog.Opened opened = IndexLog.open(disk, id + LOG_SUFFIX, superblock, file.sizeBytes(),
          clean == null ? map::put : (key, at) -> {});
      log = opened.log();
      tail = VolumeRecovery.tail(id, file, dataName, superblock, opened, clean == null ? map : null);
    }
    DeadLog deadLog = DeadLog.open(disk, id + DEAD_SUFFIX, id, descriptor.hasDeadLog(), new DeadLog.Visitor() {
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
    Descriptor present = descriptor.hasDeadLog() ? descriptor : descriptor.withDeadLog();
    if (present != descriptor) {
      present.write(disk);
    }
    if (cleanLog == null) {
      if (!tail.torn().isEmpty()) {
        deadLog.append(tail.torn());
      }
      log.checkpoint(tail.endBytes());
    }
    Generation generation = new Generation(superblock, file,
        new NeedleReader(file, dataName, superblock, surroundings.allocator()), map, log, tail.endBytes());
    Volume volume = new Volume(folder, present, generation, deadLog, surroundings.allocator());
    if (descriptor.state() == VolumeState.WRITABLE && descriptor.cutBytes() < 0) {
      volume.appender = new VolumeAppender(volume, folder, surroundings.config(), surroundings.counters(),
          surroundings.fence());
    }
    return volume;
  }

  private static GenerationCopy.Names namesOf(int id) {
    return new GenerationCopy.Names(id + DATA, id + LOG_SUFFIX, id + MAP_SUFFIX);
  }

  @Override
  public int id() {
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
  CompletableFuture<Void> append(NeedleDraft draft) {
    VolumeAppender writer = appender;
    if (writer == null) {
      draft.release();
      Reason reason = descriptor.cutBytes() >= 0 ? Reason.FAILED : Reason.SEALED;
      return CompletableFuture.failedFuture(
          new VolumeUnwritableException(id(), reason, "volume " + id() + " takes no needles any more"));
    }
    if (descriptor.readOnly()) {
      draft.release();
      return CompletableFuture.failedFuture(
          new VolumeUnwritableException(id(), Reason.READ_ONLY, "volume " + id() + " was marked read-only"));
    }
    return writer.append(EncodedNeedle.of(draft, generation.superblock().salt(), allocator), draft.durability());
  }

  /// Bytes that wait for the writer.
  long queuedBytes() {
    VolumeAppender writer = appender;
    return writer == null ? 0 : writer.queuedBytes();
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

  Generation leaseGeneration() throws IOException {
    while (true) {
      if (closed) {
        throw new IOException("volume " + id() + " is closed");
      }
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

  @Override
  public VolumePosition end() {
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

  @Override
  public Instant created() {
    return Instant.ofEpochMilli(descriptor.createdMillis());
  }

  @Override
  public boolean holds(long key) {
    return generation.map().find(key).isPresent();
  }

  @Override
  public VolumePosition verify(VolumePosition from, Verifiable.Reader reader) throws IOException {
    Generation leased = leaseGeneration();
    try {
      return new VolumeVerification(id(), disk.describe() + "/" + id() + DATA, leased, () -> generation == leased)
          .run(from, reader);
    } finally {
      leased.release();
    }
  }

  /// Takes no needles for a while, or takes them again; durable on return.
  void setReadOnly(boolean readOnly) throws IOException {
    life.lock();
    try {
      if (descriptor.state() != VolumeState.WRITABLE || descriptor.cutBytes() >= 0) {
        throw new IOException("volume " + id() + " is " + (descriptor.cutBytes() >= 0 ? "failed" : "sealed")
            + " for good and takes no needles");
      }
      if (descriptor.readOnly() != readOnly) {
        describe(present -> present.withReadOnly(readOnly));
      }
      VolumeAppender writer = appender;
      if (writer != null) {
        writer.setReadOnly(readOnly); // behind what was submitted before; nothing that comes later goes in
      }
    } finally {
      life.unlock();
    }
  }

  boolean isReadOnly() {
    return descriptor.readOnly();
  }

  /// The one way in which the descriptor changes; durable on return. The writer's thread may do it while another waits for it
  /// under `life`, hence a lock of its own.
  private void describe(UnaryOperator<Descriptor> change) throws IOException {
    describing.lock();
    try {
      Descriptor next = change.apply(descriptor);
      next.write(disk);
      descriptor = next;
    } finally {
      describing.unlock();
    }
  }

  /// Waits until everything submitted before is durable or refused.
  void drain() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      try {
        writer.call(() -> {});
      } catch (VolumeUnwritableException e) {
        LOG.log(System.Logger.Level.DEBUG, "nothing-to-drain volume=" + id(), e); // it was sealed meanwhile
      }
    }
  }

  /// On return what was acknowledged before is synced.
  ///
  /// @throws IOException if it cannot be, because the volume failed
  void sync() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      writer.sync();
    } else if (endedUnsynced) {
      throw new IOException("volume " + id() + " failed with needles that were acknowledged without a sync");
    }
  }

  void seal() throws IOException {
    life.lock();
    try {
      endWriting();
      if (descriptor.state() == VolumeState.WRITABLE) {
        describe(present -> present.withState(present.state().moveTo(VolumeState.SEALED)));
      }
    } finally {
      life.unlock();
    }
  }

  private void endWriting() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      try {
        writer.close(writer::checkpoint);
      } finally {
        endedUnsynced = writer.isUnsynced();
        appender = null;
      }
    }
  }

  /// Copies what is live to a new generation and makes that the volume, while reads and writes go on. The writer stands still
  /// for the last piece and the switch. If nothing is live nothing is copied, and no space is needed.
  ///
  /// @param pace of the first and longest round
  /// @return false if another compaction runs, or the volume failed: what it holds is left alone
  /// @throws IOException if it came to no end; the volume is as it was
  boolean compact(Pace pace) throws IOException {
    if (!compacting.tryLock()) {
      return false;
    }
    try {
      Generation from = leaseGeneration();
      try {
        VolumeAppender writer = appender;
        if (descriptor.cutBytes() >= 0 || (writer != null && !writer.isRunning())) {
          return false;
        }
        if (from.map().liveNeedles() > 0 || !empty(from)) {
          compact(from, pace);
        }
        return true;
      } finally {
        from.release();
      }
    } finally {
      compacting.unlock();
    }
  }

  /// Makes the volume an empty generation in its own file.
  ///
  /// @return false if a needle came meanwhile
  private boolean empty(Generation from) throws IOException {
    life.lock();
    try {
      VolumeAppender writer = appender;
      if (closed) {
        throw new IOException("volume " + id() + " is closed");
      }
      if (writer == null) {
        return switchToEmpty(from, null);
      }
      boolean[] done = new boolean[1];
      writer.call(() -> done[0] = switchToEmpty(from, writer));
      return done[0];
    } finally {
      life.unlock();
    }
  }

  /// On the writer's thread, if there is one.
  ///
  /// The superblock goes first: after a crash behind it the file is of the new generation, with needles all of which are
  /// marked dead. Then the file is cut, which gives the space for the caches of the new generation.
  private boolean switchToEmpty(Generation from, @Nullable VolumeAppender writer) throws IOException {
    if (writer != null && !writer.isRunning()) {
      throw new IOException("volume " + id() + " failed while it was compacted");
    }
    index.lock();
    try {
      if (from.map().liveNeedles() > 0) {
        return false;
      }
      CrashPoints.pass("volume.compact.begin");
      generation = emptied(from);
      dropOldMarks(deadLog.endBytes());
    } catch (IOException e) {
      if (writer != null) {
        writer.giveUp(e);
      }
      throw e;
    } finally {
      index.unlock();
    }
    if (writer != null) {
      writer.generationSwitched();
    }
    LOG.log(System.Logger.Level.INFO, "volume-emptied volume=" + id() + " generation=" + generation.number()
        + " bytesBefore=" + from.endBytes());
    from.release();
    CrashPoints.pass("volume.compact.done");
    return true;
  }

  private Generation emptied(Generation from) throws IOException {
    GenerationCopy.Names names = namesOf(id());
    Superblock superblock = from.superblock().withGeneration(from.number() + 1, Superblock.BYTES);
    DiskFile file = disk.open(names.data()); // its own, since readers of the old generation close theirs
    try {
      file.write(new ByteBuffer[]{superblock.encode()}, 0);
      file.force();
      CrashPoints.pass("volume.compact.beforeTruncate");
      file.truncate(Superblock.BYTES);
      file.force();
      GenerationCopy.removeLeftovers(disk, names);
      IndexLog log = IndexLog.create(disk, names.log() + GenerationCopy.SUFFIX, superblock);
      NeedleMap map = NeedleMap.create(disk, names.map() + GenerationCopy.SUFFIX, superblock, 0);
      disk.rename(names.log() + GenerationCopy.SUFFIX, names.log());
      map.moveTo(names.map());
      log.checkpoint(Superblock.BYTES);
      return new Generation(superblock, file,
          new NeedleReader(file, disk.describe() + "/" + names.data(), superblock, allocator), map, log,
          Superblock.BYTES);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  private void compact(Generation from, Pace pace) throws IOException {
    long marksFrom;
    index.lock();
    try {
      marksFrom = deadLog.endBytes();
    } finally {
      index.unlock();
    }
    CrashPoints.pass("volume.compact.begin");
    GenerationCopy.Source source = new GenerationCopy.Source(from.superblock(), from.file(),
        disk.describe() + "/" + id() + DATA, from.map());
    try (GenerationCopy copy = GenerationCopy.begin(disk, namesOf(id()), source)) {
      copy.copyTo(from.endBytes(), pace);
      copy.sync();
      for (int round = 1; round < MAX_ROUNDS && from.endBytes() - copy.copiedToBytes() > LAST_ROUND_BYTES; round++) {
        copy.copyTo(from.endBytes(), null);
        copy.sync();
      }
      CrashPoints.pass("volume.compact.copied");
      life.lock();
      try {
        VolumeAppender writer = appender;
        if (closed) {
          throw new IOException("volume " + id() + " is closed");
        }
        if (writer == null) {
          switchTo(copy, from, marksFrom, null);
        } else {
          writer.call(() -> switchTo(copy, from, marksFrom, writer));
        }
      } finally {
        life.unlock();
      }
    }
  }

  /// On the writer's thread, if there is one.
  private void switchTo(GenerationCopy copy, Generation from, long marksFrom, @Nullable VolumeAppender writer)
      throws IOException {
    if (writer != null && !writer.isRunning()) {
      throw new IOException("volume " + id() + " failed while it was compacted");
    }
    Generation next;
    index.lock();
    try {
      copy.copyTo(from.endBytes(), null);
      deadLog.visitFrom(marksFrom, new DeadLog.Visitor() {
        @Override
        public void mark(long key) throws IOException {
          copy.remove(key);
        }

        @Override
        public void damage(long offset, long lengthBytes) throws IOException {
          throw new IOException("dead marks of volume " + id() + " are damaged at " + offset);
        }
      });
      GenerationCopy.Installed installed = copy.install();
      next = new Generation(installed.superblock(), installed.file(),
          new NeedleReader(installed.file(), disk.describe() + "/" + id() + DATA, installed.superblock(), allocator),
          installed.map(), installed.log(), installed.endBytes());
      generation = next;
      dropOldMarks(marksFrom);
    } catch (IOException e) {
      if (copy.isInstalled() && writer != null) {
        writer.giveUp(e);
      }
      throw e;
    } finally {
      index.unlock();
    }
    if (writer != null) {
      writer.generationSwitched();
    }
    LOG.log(System.Logger.Level.INFO, "volume-compacted volume=" + id() + " generation=" + next.number()
        + " bytesBefore=" + from.endBytes() + " bytesAfter=" + next.endBytes());
    from.release();
    CrashPoints.pass("volume.compact.done");
  }

  /// The marks of needles that are in no file any more. Keeping them would cost space and time, but nothing else.
  private void dropOldMarks(long marksFrom) {
    CrashPoints.pass("volume.compact.beforeDeadLog");
    try {
      deadLog.dropBefore(marksFrom);
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "dead-marks-not-dropped volume=" + id(), e);
    }
  }

  /// A write or sync failed behind this offset: whatever the disk shows there later, it was never acknowledged. Best effort,
  /// since it is written to the disk that has just failed; the file was cut too.
  void cutAt(long bytes) {
    try {
      describe(present -> present.withCut(bytes));
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
    } else if (descriptor.readOnly()) {
      unwritable = Optional.of(Reason.READ_ONLY);
    } else {
      unwritable = writer.isWritable() ? Optional.empty() : Optional.of(writer.unwritableReason());
    }
    return new VolumeStatus(descriptor.spec(), descriptor.state(), current.number(), current.endBytes(),
        map.liveNeedles(),
        map.deadNeedles(), map.deadBytes(), map.highestKey(), disk.describe(), unwritable);
  }

  /// Ends writing and leaves files that the next start opens at once.
  void close() throws IOException {
    compacting.lock();
    life.lock();
    try {
      if (closed) {
        return;
      }
      endWriting();
      closed = true;
      index.lock();
      try {
        generation.map().close(generation.endBytes());
        deadLog.close();
      } finally {
        index.unlock();
      }
      generation.release();
    } finally {
      life.unlock();
      compacting.unlock();
    }
  }

  VolumeFolder folder() {
    return folder;
  }
}
