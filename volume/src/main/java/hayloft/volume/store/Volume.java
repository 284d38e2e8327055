package hayloft.volume.store;

import hayloft.common.FileId;
import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.log.EventLog;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.compaction.Pace;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.index.DamagedMapException;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.Superblock;
import hayloft.volume.scrub.Verifiable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
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
/// **Opening** is [VolumeRecovery]'s business, where needles are and which are dead [VolumeIndex]'s, the next
/// generation [GenerationSwitch]'s, looking through all needles [VolumeScan]'s.
///
/// **Locks.** `life` is for seal, close and the switch of a compaction; then come those of [VolumeIndex]; `describing`
/// is for the descriptor. They are taken in this order. Readers and the writer's file need none.
final class Volume implements Verifiable {
  private static final EventLog LOG = EventLog.of(Volume.class);

  private final VolumeFolder folder;
  private final VolumeFiles files;
  private final VolumeIndex index;
  private final OpenFiles openFiles;
  final ReentrantLock life = new ReentrantLock();
  private final ReentrantLock describing = new ReentrantLock();
  /// Held by the one compaction that may run.
  final ReentrantLock compacting = new ReentrantLock();
  private final ByteBufAllocator allocator;
  /// Why nothing may be changed in it, since its file is not as it was left; empty if all is well.
  private final Optional<String> frozen;
  private volatile boolean closed;
  /// The writer ended with needles that were acknowledged without a sync, and could not sync them.
  private volatile boolean endedUnsynced;
  /// What memory knows may not be what is on the disk, after a fault: no cache may say that it is.
  private volatile boolean unsound;
  private volatile Descriptor descriptor;
  /// Where the volume ends, if there was no room to say so; -1 if all is said. Guarded by describing.
  private long unrecordedCutBytes = -1;
  private volatile Generation generation;
  /// Leased while nobody may change the files; guarded by `compacting`.
  private @Nullable Generation heldStill;
  private volatile @Nullable VolumeAppender appender;

  private Volume(VolumeFolder folder, VolumeFiles files, Descriptor descriptor, VolumeRecovery.Opened opened,
      Surroundings surroundings) {
    this.folder = folder;
    this.files = files;
    this.descriptor = descriptor;
    this.generation = opened.generation();
    this.index = new VolumeIndex(this, files, opened.deadLog());
    this.frozen = opened.frozen();
    this.allocator = surroundings.allocator();
    this.openFiles = surroundings.openFiles();
  }

  /// What all volumes of a store share.
  ///
  /// @param fence the oldest epoch that may append
  record Surroundings(VolumeStoreConfig config, AppendCounters counters, OpenFiles openFiles,
      ByteBufAllocator allocator, LongSupplier fence) {}

  /// Makes a new, empty, writable volume; durable on return. What lies in its place is put aside, unless it is what an
  /// unfinished creation leaves.
  static Volume create(VolumeFolder folder, Descriptor descriptor, Surroundings surroundings) throws IOException {
    Disk disk = folder.disk();
    VolumeFiles files = new VolumeFiles(disk, descriptor.spec().id());
    if (files.clearForCreation(descriptor.storeId())) {
      LOG.error("volume.filesInTheWay").with("volume", files.id()).with("directory", disk.describe())
          .with("action", "renamed-to-*" + VolumeFiles.ASIDE).say();
    }
    try {
      Superblock superblock = descriptor.superblock();
      try (DiskFile file = disk.open(files.data())) {
        file.write(new ByteBuffer[]{superblock.encode()}, 0);
        file.force();
      }
      DeadLog.create(disk, files.dead(), files.id(), 0).close();
      disk.sync();
      descriptor.write(disk);
      return open(folder, descriptor, surroundings);
    } catch (IOException e) {
      if (e instanceof NoSpaceException) {
        folder.ranOut();
      } else if (!(e instanceof TooFewDescriptorsException)) {
        folder.failed();
      }
      files.takeBack(e);
      throw e;
    }
  }

  /// @throws IOException if it cannot be opened; what lies there is named and stays as it is
  static Volume open(VolumeFolder folder, Descriptor descriptor, Surroundings surroundings) throws IOException {
    VolumeFiles files = new VolumeFiles(folder.disk(), descriptor.spec().id());
    VolumeRecovery.Opened opened = VolumeRecovery.open(files, descriptor, surroundings.allocator());
    Volume volume = new Volume(folder, files, descriptor, opened, surroundings);
    try {
      volume.settleDescriptor();
      if (descriptor.state() == VolumeState.WRITABLE && descriptor.cutBytes() < 0 && opened.frozen().isEmpty()) {
        volume.appender = new VolumeAppender(volume, folder, surroundings.config(), surroundings.counters(),
            surroundings.fence());
      }
      volume.letRest(volume.generation);
      return volume;
    } catch (Throwable e) { // there was no thread, or no memory for one
      volume.close();
      throw e;
    }
  }

  /// A crash may have kept from the descriptor what superblock and dead log know better. Without it, it only knows
  /// less.
  void settleDescriptor() {
    Superblock superblock = generation.superblock();
    boolean behind = descriptor.generation() < superblock.generation()
        || descriptor.superblockVersion() != superblock.version()
        || descriptor.marksApplied() != superblock.marksApplied();
    boolean settled = descriptor.legacyMarks() && index.isSettled();
    if (!behind && !settled) {
      return;
    }
    try {
      describe(present -> {
        Descriptor next = settled ? present.withoutLegacyMarks() : present;
        return behind ? withSuperblock(next, superblock) : next;
      });
    } catch (IOException e) {
      LOG.warning("volume.descriptorNotSettled").with("volume", id()).say(e);
    }
  }

  /// What the superblock says; its seal only if it knows of one.
  static Descriptor withSuperblock(Descriptor descriptor, Superblock superblock) {
    Descriptor next = descriptor.withSuperblock(superblock);
    next = superblock.sealedLength() > 0
        ? next
        : next.withSeal(descriptor.state(), descriptor.sealedLength(), descriptor.sealedChecksum());
    return descriptor.generation() > next.generation() ? next.withGeneration(descriptor.generation()) : next;
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

  VolumeFiles files() {
    return files;
  }

  Descriptor descriptor() {
    return descriptor;
  }

  VolumeIndex index() {
    return index;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  /// Looks whether the file that is being written is still where the next start looks for it. If somebody moved,
  /// deleted or replaced it under the process nothing more is written: it would be acknowledged, and gone with the
  /// process. Reads go on.
  void lookAtPlace() {
    VolumeAppender writer = appender;
    if (writer == null || !writer.isRunning()) {
      return;
    }
    writer.lookSoon(() -> {
      if (!generation.file().isAt(files.data())) {
        writer.end("file.strayed: " + files.dataPath()
            + " is by now another file than the one that this process writes to, or none: "
            + "somebody moved, deleted or replaced it. Reads go on. Before the server stops put that very file back, "
            + "or copy it out of /proc/"
            + ProcessHandle.current().pid() + "/fd to there");
      }
    });
  }

  @Nullable
  VolumeAppender appender() {
    return appender;
  }

  boolean isClosed() {
    return closed;
  }

  Optional<String> frozen() {
    return frozen;
  }

  /// Whether its files may be made anew: nothing has gone wrong with them.
  boolean isSound() {
    return frozen.isEmpty() && !unsound && descriptor.cutBytes() < 0;
  }

  void becomeUnsound() {
    unsound = true;
  }

  /// The caller gives back the lease of the one before.
  void install(Generation next) {
    generation = next;
    letRest(next);
  }

  /// Without a writer a generation's files are open only while they are used.
  void letRest(Generation idle) {
    if (appender == null) {
      idle.mayRest(openFiles, files.data());
      index.rest();
    }
  }

  /// Takes the draft.
  CompletableFuture<Void> append(NeedleDraft draft) {
    VolumeAppender writer = appender;
    if (writer == null) {
      draft.release();
      return CompletableFuture.failedFuture(
          new VolumeUnwritableException(id(), endReason(), "volume " + id() + " takes no needles any more"
              + frozen.map(why -> ": " + why).orElse("")));
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

  private Reason endReason() {
    return descriptor.cutBytes() >= 0 || frozen.isPresent() ? Reason.FAILED : Reason.SEALED;
  }

  ReadResult read(FileId id, long fromBytes, int lengthBytes) throws IOException {
    Generation leased = leaseGeneration();
    try {
      OptionalLong place = index.ask(leased, map -> map.find(id.key()));
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
    Generation leased = generation;
    if (!leased.lease()) {
      // it is parked, or a compaction has just switched: a read that may wait finds out
      return new ReadResult.NotCached();
    }
    try {
      OptionalLong place = leased.map().find(id.key());
      if (place.isEmpty()) {
        return new ReadResult.Absent();
      }
      long at = place.getAsLong();
      Optional<ByteBuf> data = leased.reader().readCached(id, NeedlePlace.offsetBytes(at), NeedlePlace.recordBytes(at),
          fromBytes, lengthBytes);
      return data == null ? new ReadResult.NotCached() : result(data);
    } catch (DamagedMapException _) {
      return new ReadResult.NotCached(); // a read that may wait makes the map again
    } finally {
      leased.release();
    }
  }

  /// Head and meta of a live needle.
  Optional<NeedleReader.Front> front(long key) throws IOException {
    Generation leased = leaseGeneration();
    try {
      OptionalLong place = index.ask(leased, map -> map.find(key));
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

  /// The present generation with its file open.
  Generation leaseGeneration() throws IOException {
    while (true) {
      Generation current = presentGeneration();
      if (current.leaseFile()) {
        return current;
      }
      Thread.onSpinWait(); // a compaction has just switched
    }
  }

  /// The present generation, for its map: the file may be parked and stays as it is.
  Generation leaseMap() throws IOException {
    while (true) {
      Generation current = presentGeneration();
      if (current.leaseMap()) {
        return current;
      }
      Thread.onSpinWait();
    }
  }

  private Generation presentGeneration() throws IOException {
    if (closed) {
      throw new IOException("volume " + id() + " is closed");
    }
    return generation;
  }

  /// Whether it is sealed and nothing lives in it; the map alone is not believed.
  boolean isEmptied() {
    if (closed || !isSound() || descriptor.state() != VolumeState.SEALED || generation.map().liveNeedles() > 0) {
      return false;
    }
    try {
      Generation leased = leaseGeneration();
      try {
        index.searchAll(leased);
        return leased.map().liveNeedles() == 0;
      } finally {
        leased.release();
      }
    } catch (IOException e) {
      LOG.warning("volume.emptinessUnknown").with("volume", id()).say(e);
      return false;
    }
  }

  long highestEpoch() {
    return generation.highestEpoch();
  }

  /// Takes its files away; durable on return.
  ///
  /// @return false if something lives in it after all: then its files were put aside
  boolean retire() throws IOException {
    boolean empty = closed || generation.map().liveNeedles() == 0;
    close();
    if (!empty) {
      LOG.error("volume.retiredNotEmpty").with("volume", id()).with("live", generation.map().liveNeedles())
          .with("action", "files-renamed-to-*" + VolumeFiles.ASIDE).say();
      files.putAside();
      return false;
    }
    files.removeCaches(); // so that a full disk has room for the descriptor
    describe(present -> present.withState(VolumeState.RETIRED));
    files.remove();
    return true;
  }

  /// Renames its files; durable on return.
  void putAside() throws IOException {
    close();
    files.putAside();
  }

  @Override
  public VolumePosition end() {
    Generation current = generation;
    return new VolumePosition(id(), current.number(), current.endBytes());
  }

  VolumePosition scan(VolumePosition from, NeedleVisitor visitor) throws IOException {
    Generation leased = leaseGeneration();
    try {
      return new VolumeScan(this, leased).all(from, visitor);
    } finally {
      leased.release();
    }
  }

  void scanBooks(VolumePosition from, NeedleVisitor visitor) throws IOException {
    Generation leased = leaseGeneration();
    try {
      new VolumeScan(this, leased).books(from, visitor);
    } finally {
      leased.release();
    }
  }

  List<IndexLog.Entry> entries() throws IOException {
    List<IndexLog.Entry> entries = new ArrayList<>();
    Generation leased = leaseGeneration();
    try {
      new NeedleWalk(files, leased).entries(leased.superblock().firstNeedle(), leased.endBytes(), entries::add);
    } finally {
      leased.release();
    }
    return entries;
  }

  @Override
  public boolean isEmpty() {
    Generation current = generation;
    return current.endBytes() <= current.superblock().firstNeedle();
  }

  @Override
  public Instant created() {
    return Instant.ofEpochMilli(descriptor.createdMillis());
  }

  @Override
  public boolean holds(long key) {
    return index.presence(key) == Presence.LIVE;
  }

  @Override
  public VolumePosition verify(VolumePosition from, Verifiable.Reader reader) throws IOException {
    Generation leased = leaseGeneration();
    try {
      return new VolumeVerification(id(), files.dataPath(), leased, index, new VolumeScan(this, leased)::compare,
          () -> generation == leased).run(from, reader);
    } finally {
      leased.release();
    }
  }

  /// Takes no needles for a while, or takes them again; durable on return.
  void setReadOnly(boolean readOnly) throws IOException {
    life.lock();
    try {
      if (descriptor.state() != VolumeState.WRITABLE || endReason() == Reason.FAILED) {
        throw new IOException("volume " + id() + " is " + (endReason() == Reason.FAILED ? "failed" : "sealed")
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

  /// The one way in which the descriptor changes; durable on return. The writer's thread may do it while another waits
  /// for it under `life`, hence a lock of its own.
  void describe(UnaryOperator<Descriptor> change) throws IOException {
    describing.lock();
    try {
      long cutBytes = unrecordedCutBytes;
      Descriptor next = change.apply(cutBytes < 0 ? descriptor : descriptor.withCut(cutBytes));
      next.write(files.disk());
      descriptor = next;
      unrecordedCutBytes = -1;
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
        LOG.debug("volume.nothingToDrain").with("volume", id()).say(e); // it was sealed meanwhile
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
        Generation last = generation;
        describe(present -> isSound()
            ? present.withSeal(present.state().moveTo(VolumeState.SEALED), last.endBytes(), last.running())
            : present.withState(present.state().moveTo(VolumeState.SEALED)));
      }
      letRest(generation);
    } finally {
      life.unlock();
    }
  }

  private void endWriting() throws IOException {
    VolumeAppender writer = appender;
    if (writer != null) {
      boolean[] well = {false};
      try {
        writer.close(() -> {
          writer.checkpoint();
          well[0] = writer.isRunning();
        });
      } finally {
        unsound |= !well[0]; // also if there is no writer's thread any more, or the checkpoint met a bug
        endedUnsynced = writer.isUnsynced();
        appender = null;
      }
    }
  }

  /// Copies what no mark names to a new generation and makes that the volume, while reads and writes go on. The writer
  /// stands still for the last piece and the switch. If nothing is live nothing is copied, and no space is needed.
  ///
  /// @param pace of the first and longest round
  /// @param keepsUnreadable whether a live needle that the disk does not give is kept as damaged; else that is a
  ///   failure
  /// @return false if another compaction runs, the volume failed (what it holds is left alone), or it is to be retired
  /// @throws IOException if it came to no end; the volume is as it was
  boolean compact(Pace pace, boolean keepsUnreadable) throws IOException {
    if (!compacting.tryLock()) {
      return false;
    }
    try {
      Generation from = leaseGeneration();
      try {
        VolumeAppender writer = appender;
        if (!isSound() || (writer != null && !writer.isRunning())) {
          return false;
        }
        NeedleMap map = from.map();
        try {
          return new GenerationSwitch(this, from).run(pace, keepsUnreadable);
        } catch (DamagedMapException e) {
          index.remakeMap(from, map, e);
          throw new IOException(
              "the map of volume " + id() + " was damaged; it was made again, and is compacted another time", e);
        }
      } finally {
        from.release();
      }
    } finally {
      compacting.unlock();
    }
  }

  /// Whether its files never change but for marks, so that they may lie in a pack.
  boolean isPackable() {
    return !closed && descriptor.state() == VolumeState.SEALED && appender == null && isSound() && !endedUnsynced
        && generation.superblock().version() == Superblock.VERSION;
  }

  /// Keeps everybody from changing its files, until [#letGo]; reads go on. Everything in them is synced then, and what
  /// index log and file say is what the map knows.
  ///
  /// @return false if it is not so, or cannot be now
  boolean holdStill() {
    if (!compacting.tryLock()) {
      return false;
    }
    life.lock();
    index.lock();
    describing.lock();
    boolean still = false;
    try {
      if (isPackable() && index.isSettled()) {
        Generation leased = leaseGeneration();
        heldStill = leased;
        leased.stayOpen(); // its name is going to be nobody's
        still = index.isExplained(leased);
      }
    } catch (IOException e) {
      LOG.warning("volume.notPacked").with("volume", id()).with("reason", e).say();
    } finally {
      if (!still) {
        letGo();
      }
    }
    return still;
  }

  void letGo() {
    Generation leased = heldStill;
    if (leased != null) {
      heldStill = null;
      if (leased == generation) {
        letRest(leased);
      }
      leased.release();
    }
    describing.unlock();
    index.unlock();
    life.unlock();
    compacting.unlock();
  }

  /// Its files lie elsewhere, and are the same. The caller [holds it still][#holdStill].
  void reopen() throws IOException {
    Generation former = generation;
    Generation next = VolumeRecovery.reopen(files, former, index.deadLog(), allocator);
    try {
      index.deadLog().reopen();
    } catch (Throwable e) {
      next.release();
      throw e;
    }
    install(next);
    former.release();
  }

  /// A write or sync failed behind this offset: whatever the disk shows there later, it was never acknowledged. Best
  /// effort, since it is written to the disk that has just failed; the file was cut too, if that was possible (Btrfs
  /// cuts none once a quota is used up). What cannot be written now goes with the next change of the descriptor, its
  /// seal at the latest.
  void cutAt(long bytes) {
    try {
      describe(present -> {
        unrecordedCutBytes = bytes;
        return present.withCut(bytes);
      });
    } catch (IOException e) {
      LOG.error("volume.cutNotRecorded").with("volume", id()).with("end", bytes).say(e);
    }
  }

  VolumeStatus status() {
    Generation current = generation;
    NeedleMap map = current.map();
    VolumeAppender writer = appender;
    Optional<Reason> unwritable;
    if (writer == null) {
      unwritable = Optional.of(endReason());
    } else if (descriptor.readOnly()) {
      unwritable = Optional.of(Reason.READ_ONLY);
    } else {
      unwritable = writer.isWritable() ? Optional.empty() : Optional.of(writer.unwritableReason());
    }
    return new VolumeStatus(descriptor.spec(), descriptor.state(), current.number(), current.endBytes(),
        map.liveNeedles(),
        map.deadNeedles(), map.deadBytes(), current.highestKey(), folder.disk().describe(), unwritable);
  }

  /// Ends writing and leaves files that the next start opens at once, if nothing went wrong.
  void close() throws IOException {
    compacting.lock();
    life.lock();
    try {
      if (closed) {
        return;
      }
      try {
        endWriting();
      } finally {
        closed = true;
        try {
          index.close(generation, frozen.isEmpty() && !unsound);
        } finally {
          generation.release();
        }
      }
    } finally {
      life.unlock();
      compacting.unlock();
    }
  }

  VolumeFolder folder() {
    return folder;
  }
}
