package hayloft.volume.store;

import hayloft.common.directory.NamedFault;
import hayloft.common.log.EventLog;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.SubjectHash;
import hayloft.common.volume.VolumeState;
import hayloft.volume.compaction.GenerationCopy;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.dead.LegacyMarks;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import io.netty.buffer.ByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Opens the files of one volume. Confined to one thread.
///
/// **What is believed.** The superblock says which generation the file is. Index log and map were closed cleanly for
/// exactly this file, or the map is made again: from the entries of the log before its last checkpoint, from a scan of
/// what damaged entries leave out, and behind the checkpoint by [TailScan]. Then the dead marks are applied.
///
/// **What is changed.** A torn tail is cut, and torn needles before whole ones are written over by voids; both only
/// within what one batch, or one stretch without a sync, can have left. Everything else stays as it is. If it does not
/// fit together (the file ends before what the index log or the descriptor says was synced; a tail that is longer than
/// a batch or cannot be read) the volume is opened *frozen*: it is read as far as it goes and takes nothing, neither
/// needles nor a compaction, until the file is put back or the volume is given up.
final class VolumeRecovery {
  /// What a batch under way can leave behind the last good needle: the batch, and the needle that filled it.
  static final long MOST_TORN_BYTES = (16L << 20)
      + NeedleHead.recordBytes(NeedleDraft.MAX_META_BYTES, NeedleDraft.MAX_DATA_BYTES);
  private static final EventLog LOG = EventLog.of(VolumeRecovery.class);

  private final VolumeFiles files;
  private final Disk disk;
  private final ByteBufAllocator allocator;
  private final Deque<Closeable> opened = new ArrayDeque<>();
  private final Descriptor descriptor;
  private Optional<String> frozen = Optional.empty();

  private VolumeRecovery(VolumeFiles files, Descriptor descriptor, ByteBufAllocator allocator) {
    this.files = files;
    this.disk = files.disk();
    this.descriptor = descriptor;
    this.allocator = allocator;
  }

  /// A volume's files, open.
  ///
  /// @param frozen why nothing may be changed in it; empty if all is well
  record Opened(Generation generation, DeadLog deadLog, Optional<String> frozen) {}

  /// @throws hayloft.volume.needle.NewerFormatException if a newer program wrote a file: nothing is changed then
  /// @throws IOException if the volume cannot be opened; what lies there is named and stays as it is, and no file stays
  ///   open
  static Opened open(VolumeFiles files, Descriptor descriptor, ByteBufAllocator allocator) throws IOException {
    VolumeRecovery recovery = new VolumeRecovery(files, descriptor, allocator);
    try {
      return recovery.open();
    } catch (Throwable e) {
      closeAll(recovery.opened, e);
      throw e;
    }
  }

  private static void closeAll(Deque<Closeable> opened, Throwable cause) {
    for (Closeable one : opened) {
      try {
        one.close();
      } catch (IOException | RuntimeException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private Opened open() throws IOException {
    if (!disk.exists(files.data())) {
      throw new IOException(files.dataPath() + " is missing, but its descriptor " + files.descriptor()
          + " is there: the needles of volume " + files.id() + " are gone. " + disk.remedy(files.data()));
    }
    DiskFile file = disk.open(files.data());
    opened.push(file);
    Superblock superblock = superblock(file);
    GenerationCopy.removeLeftovers(disk, files.names());
    long end = length(file, superblock);
    DeadLog deadLog = openDeadLog(superblock);
    opened.push(deadLog);
    NeedleMap clean = frozen.isPresent()
        ? null
        : NeedleMap.openClean(disk, files.map(), superblock, end, deadLog.completeSequence());
    NeedleMap map = clean != null
        ? clean
        : NeedleMap.create(disk, files.map(), superblock, IndexLog.expectedNeedles(disk, files.log()));
    opened.push(map::free);
    IndexLog log = clean == null ? null : IndexLog.openClean(disk, files.log(), superblock, end);
    IndexLog.Checkpoint last;
    long completeBytes = 0;
    if (log != null) {
      opened.push(log);
      last = log.lastCheckpoint();
    } else {
      Entering entering = new Entering(clean == null ? map : null, superblock.firstNeedle());
      IndexLog.Opened read = IndexLog.open(disk, files.log(), superblock, end, entering);
      log = read.log();
      opened.push(log);
      last = recover(file, superblock, read, end, entering);
      completeBytes = read.completeBytes();
      if (clean == null) {
        visitMarks(deadLog, map::remove);
      }
    }
    disk.sync();
    Generation generation = new Generation(superblock, file,
        new NeedleReader(file, files.dataPath(), superblock, allocator), map, log, last);
    generation.wasIndexedTo(completeBytes);
    if (map.strayKey() != 0) {
      LOG.warning("needle.strayKey").with("volume", files.id()).with("key", Long.toHexString(map.strayKey()))
          .with("action", "no master gave this key; it is read, and counts for nothing").say();
    }
    frozen.ifPresent(why -> LOG.error("volume.frozen").with("volume", files.id()).with("file", files.dataPath())
        .with("end", generation.endBytes()).with("reason", why)
        .with("action", "put the file back and restart, or give the volume up (volume.drop);"
            + " until then it is read as far as it goes")
        .say());
    return new Opened(generation, deadLog, frozen);
  }

  /// Opens a volume's files once more, which lie elsewhere and are the same.
  ///
  /// @param former the caller keeps it from changing
  /// @throws IOException if they are not, as far as can be seen; no file stays open then
  static Generation reopen(VolumeFiles files, Generation former, DeadLog deadLog, ByteBufAllocator allocator)
      throws IOException {
    Superblock superblock = former.superblock();
    Deque<Closeable> opened = new ArrayDeque<>();
    try {
      DiskFile file = files.disk().open(files.data());
      opened.push(file);
      IndexLog log = IndexLog.openClean(files.disk(), files.log(), superblock, former.endBytes());
      if (log == null) {
        throw new IOException(
            files.disk().where(files.log()) + " does not end with a checkpoint of volume " + files.id());
      }
      opened.push(log);
      NeedleMap map = NeedleMap.create(files.disk(), files.map(), superblock,
          former.map().liveNeedles() + former.map().deadNeedles());
      opened.push(map::free);
      Generation next = new Generation(superblock, file,
          new NeedleReader(file, files.dataPath(), superblock, allocator),
          map, log, new IndexLog.Checkpoint(former.endBytes(), former.highestSequence(), former.running()));
      new NeedleWalk(files, next).entries(superblock.firstNeedle(), next.endBytes(),
          entry -> map.put(entry.key(), entry.place(), entry.sequence()));
      visitMarks(deadLog, map::remove);
      if (former.isSearched()) {
        next.wasSearched(former.isCompletelyKnown()
            ? Generation.Searched.COMPLETELY
            : Generation.Searched.WITH_DOUBTS);
      }
      return next;
    } catch (Throwable e) {
      closeAll(opened, e);
      throw e;
    }
  }

  private void freeze(String why) {
    if (frozen.isEmpty()) {
      frozen = Optional.of(why);
    }
  }

  /// The superblock as the file has it, or made again from the descriptor if it is damaged and the file is certainly
  /// this volume's.
  private Superblock superblock(DiskFile file) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), Superblock.MOST_BYTES));
    String fault = "";
    try {
      file.read(bytes, 0);
    } catch (IOException e) {
      fault = files.dataPath() + ": the superblock cannot be read: " + NamedFault.reason(e);
      bytes.clear();
    }
    bytes.flip();
    if (fault.isEmpty()) {
      try {
        return own(Superblock.decode(bytes, files.dataPath()));
      } catch (CorruptNeedleException e) {
        fault = String.valueOf(e.getMessage());
      }
    }
    return remade(file, bytes, fault);
  }

  private Superblock own(Superblock superblock) throws IOException {
    if (superblock.volume() != files.id() || !superblock.storeId().equals(descriptor.storeId())) {
      throw new IOException(files.dataPath() + " is volume " + superblock.volume() + " of store "
          + superblock.storeId() + ", expected volume " + files.id() + " of store " + descriptor.storeId()
          + ". Nothing was changed. Put the right file in its place");
    }
    int newest = IndexLog.generation(disk, files.log(), files.id(), superblock.salt()).orElse(0);
    if (newest > superblock.generation() || descriptor.marksApplied() > superblock.marksApplied()) {
      throw new IOException(files.dataPath() + " is an older copy, of generation " + superblock.generation()
          + " and without marks up to "
          + superblock.marksApplied() + ": " + files.log() + " is of generation " + newest + ", and "
          + files.descriptor()
          + " knows of marks up to " + descriptor.marksApplied()
          + ". What was deleted since would come back. Nothing was changed. Only the newest one will do. "
          + disk.remedy(files.data()));
    }
    return superblock;
  }

  private Superblock remade(DiskFile file, ByteBuffer begin, String fault) throws IOException {
    // A volume of level 1 gets a superblock of this version in place when nothing lives in it; that may be what was
    // torn.
    boolean beingEmptied = descriptor.superblockVersion() < Superblock.VERSION
        && file.sizeBytes() <= Superblock.MOST_BYTES && begin.limit() >= 2 * Integer.BYTES
        && VolumeFiles.beginsLikeSuperblock(begin);
    Superblock known = descriptor.superblock();
    Superblock remade = beingEmptied
        ? known.withNextGeneration(known.generation(), 0, known.marksApplied(), 0, 0)
        : known;
    if (!beingEmptied && file.sizeBytes() != remade.firstNeedle() && !hasNeedle(file, remade)) {
      throw new DamagedVolumeException(
          files.dataPath() + " is no file of volume " + files.id() + ", as far as can be seen: " + fault
              + "; and there is no needle of the volume in its " + file.sizeBytes() + " bytes. Nothing was changed. "
              + disk.remedy(files.data()));
    }
    LOG.error("superblock.damaged").with("volume", files.id()).with("reason", fault)
        .with("action", "made-again-from-the-descriptor").with("generation", remade.generation()).say();
    if (begin.limit() == 0 && file.sizeBytes() > 0) {
      return remade; // what cannot be read now may be read another time
    }
    try {
      file.write(new ByteBuffer[]{remade.encode()}, 0);
      file.force();
    } catch (IOException e) {
      LOG.error("superblock.notWritten").with("volume", files.id()).say(e);
      freeze("its superblock is damaged and cannot be written: " + e.getMessage());
    }
    return remade;
  }

  private boolean hasNeedle(DiskFile file, Superblock superblock) throws IOException {
    boolean[] found = {false};
    class FoundException extends IOException {
      private static final long serialVersionUID = 1L;
    }
    try {
      new NeedleScanner(file, files.dataPath(), superblock, file.sizeBytes(), NeedleScanner.Depth.METAS).scan(
          superblock.firstNeedle(), new NeedleScanner.Visitor() {
            @Override
            public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
              found[0] = true;
              throw new FoundException();
            }

            @Override
            public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {}
          });
    } catch (FoundException _) {
      // it looks no further
    }
    return found[0];
  }

  /// How much of the file counts.
  private long length(DiskFile file, Superblock superblock) throws IOException {
    long size = file.sizeBytes();
    long end = descriptor.cutBytes() >= 0 ? Math.min(size, descriptor.cutBytes()) : size;
    long sealed = superblock.sealedLength() > 0 ? superblock.sealedLength() : descriptor.sealedLength();
    if (descriptor.state() == VolumeState.SEALED && sealed > 0) {
      if (size < sealed) {
        freeze("it was sealed with " + sealed + " bytes and has " + size + ": somebody cut it");
      }
      end = Math.min(end, sealed);
    }
    return end;
  }

  private DeadLog openDeadLog(Superblock superblock) throws IOException {
    DeadLog.Opened dead = DeadLog.open(disk, files.dead(), files.id(), superblock.marksApplied(),
        descriptor.legacyMarks(), new DeadLog.Visitor() {
          @Override
          public void mark(long key) {}

          @Override
          public void damage(long offset, long lengthBytes) {
            LOG.error("deadLog.damaged").with("volume", files.id()).with("offset", offset).with("bytes", lengthBytes)
                .say();
          }
        });
    if (!dead.damage().isEmpty()) {
      disk.delete(files.map()); // it knows marks that the log does not
      LOG.warning("deadLog.begunAnew").with("volume", files.id()).with("reason", dead.damage())
          .with("action", "the-catalog-tells-its-marks-again").say();
    }
    LegacyMarks legacy = dead.log().legacy();
    if (legacy == null || !legacy.keys().isEmpty()) {
      return dead.log();
    }
    dead.log().close(); // there is nothing in it that the catalog would have to say first
    DeadLog.create(disk, files.dead() + DeadLog.NEXT, files.id(), superblock.marksApplied()).close();
    disk.rename(files.dead() + DeadLog.NEXT, files.dead());
    return DeadLog.open(disk, files.dead(), files.id(), superblock.marksApplied(), false, key -> {}).log();
  }

  /// The needles of a log, entered into a map.
  private static final class Entering implements IndexLog.Visitor {
    private final @Nullable NeedleMap map;
    private long endBytes;
    private long highestSequence;

    /// @param map null if it is good already
    Entering(@Nullable NeedleMap map, long firstNeedle) {
      this.map = map;
      this.endBytes = firstNeedle;
    }

    @Override
    public void needle(IndexLog.Entry entry) throws IOException {
      endBytes = Math.max(endBytes, entry.endBytes());
      enter(entry);
    }

    @Override
    public void beyond(IndexLog.Entry entry) throws IOException {
      enter(entry); // whoever reads it is told that the file ends before it
    }

    private void enter(IndexLog.Entry entry) throws IOException {
      highestSequence = Math.max(highestSequence, entry.sequence());
      if (map != null) {
        map.put(entry.key(), entry.place(), entry.sequence());
      }
    }
  }

  /// Finds what the log does not have, cleans up what a crash has left, and writes a checkpoint.
  ///
  /// @param entering has been shown what the log has
  private IndexLog.Checkpoint recover(DiskFile file, Superblock superblock, IndexLog.Opened read, long end,
      Entering entering) throws IOException {
    for (IndexLog.Gap gap : read.gaps()) {
      mend(file, superblock, read, gap, entering);
    }
    if (read.isCut()) {
      freeze("it has " + file.sizeBytes() + " bytes, and " + files.log() + " knows needles behind: somebody cut it");
      return new IndexLog.Checkpoint(entering.endBytes,
          Math.max(read.highestSequence(), entering.highestSequence), read.running());
    }
    boolean synced = frozen.isEmpty();
    if (synced) {
      file.force(); // what the log is going to say of needles must not be on the disk before them
    }
    TailScan tail = new TailScan(file, files.dataPath(), superblock, read, end, entering.map);
    tail.run();
    IndexLog.Checkpoint last = tail.end();
    long tornBytes = end - last.coveredBytes();
    if (tornBytes > 0) {
      if (tail.isTailUnreadable()) {
        freeze("the " + tornBytes + " bytes behind its last needle cannot be read");
      } else if (tornBytes > MOST_TORN_BYTES) {
        freeze("the " + tornBytes + " bytes behind its last needle are no needles, and more than a crash can leave");
      } else if (descriptor.state() == VolumeState.SEALED) {
        freeze("it is sealed, and the " + tornBytes + " bytes behind its last needle are no needles");
      }
    }
    boolean isKnown = read.gaps().isEmpty() && last.equals(read.log().lastCheckpoint()) && last.coveredBytes() == end;
    if (frozen.isEmpty() && !isKnown) {
      clean(file, tail, last.coveredBytes(), end);
      read.log().checkpoint(last.coveredBytes(), last.highestSequence(), last.running());
    } else if (synced) {
      // without a checkpoint: what it knew behind the last one is asked for all the same, and proves what was there
      read.log().flush();
    }
    return last;
  }

  private void clean(DiskFile file, TailScan tail, long needlesEnd, long end) throws IOException {
    tail.writeVoids();
    if (needlesEnd < end && descriptor.cutBytes() < 0) {
      LOG.info("volume.tornTailCut").with("volume", files.id()).with("from", needlesEnd).with("bytes", end - needlesEnd)
          .say();
      file.truncate(needlesEnd);
    }
    file.force();
  }

  /// A damaged entry of the log: what it stood for is in the file.
  private void mend(DiskFile file, Superblock superblock, IndexLog.Opened read, IndexLog.Gap gap, Entering entering)
      throws IOException {
    List<IndexLog.Entry> found = new ArrayList<>();
    new NeedleScanner(file, files.dataPath(), superblock, gap.toBytes(), NeedleScanner.Depth.METAS).scan(
        gap.fromBytes(),
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            enter(TailScan.entry(head, offset, NeedleScanner.subjectHash(head, meta)));
          }

          @Override
          public void voided(NeedleHead head, long offset) {
            found.add(IndexLog.Entry.ofVoid(NeedlePlace.of(offset, head.recordBytes())));
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            if (damaged != null) {
              enter(TailScan.entry(damaged, offset, SubjectHash.NONE));
            }
          }

          private void enter(IndexLog.Entry entry) throws IOException {
            found.add(entry);
            entering.needle(entry);
          }
        });
    LOG.warning("indexLog.damaged").with("volume", files.id()).with("from", gap.fromBytes()).with("to", gap.toBytes())
        .with("found", found.size()).say();
    if (!read.isCut()) {
      read.log().mend(gap, found);
    }
  }

  /// Shows every key that a dead log names.
  static void visitMarks(DeadLog deadLog, DeadLog.Visitor visitor) throws IOException {
    LegacyMarks legacy = deadLog.legacy();
    if (legacy == null) {
      deadLog.visitFrom(new DeadLog.Position(0, 0), visitor);
    } else {
      legacy.visit(visitor);
    }
  }
}
