package hayloft.volume.compaction;

import hayloft.common.CrashPoints;
import hayloft.common.log.EventLog;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Presence;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.Toll;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The next generation of a volume while it comes to be: everything that no mark names, in its order, in files of their
/// own. Confined to one thread at a time.
///
/// **What is dropped.** Needles that the dead log names, which the map knows by their keys; older needles of a key that
/// has a newer one; voids. Nothing is dropped because an index fails to find it: a good needle that the map lacks is
/// copied, and the [Source.Truth] told, so that it is found again. Records are copied verbatim, and then the copy is
/// read back and every byte of it verified.
///
/// **Damage.** A needle that does not match its checksums and is not marked dead is copied verbatim too, and the new
/// map and log know it: reading it goes on saying what is wrong, and nothing is silently dropped. If not even its head
/// can be read, its place comes from the index log, or from the map where the log is damaged as well; what neither
/// knows is copied as it is. Bytes that the disk does not give become holes ([RecordCopy]), so that the needle stays
/// damaged, and one bad sector does not keep a volume from being compacted; but the disk is asked several times before,
/// since the old file goes with the bytes that it may give another day. A copy that is damaged where the source is not
/// is no copy: it is given up with an IOException.
///
/// **Names.** Until [#install] the files carry the suffix [#SUFFIX]; whoever opens a volume deletes such files.
public final class GenerationCopy implements Closeable {
  public static final String SUFFIX = ".compact";
  private static final long MOST_RUN_BYTES = 4L << 20;
  private static final int MOST_TOLD = 20;
  private static final EventLog LOG = EventLog.of(GenerationCopy.class);

  /// The present generation.
  ///
  /// @param name of the volume file, for messages
  /// @param marksApplied every mark up to this sequence is known to the map: none of what it names is copied
  /// @param keepsUnreadable whether what the disk does not give is copied as damaged; else there is no copy then
  public record Source(Superblock superblock, DiskFile file, String name, NeedleMap map, Truth truth,
      long marksApplied, boolean keepsUnreadable) {

    /// What the map may not know, since it is a cache.
    public interface Truth {
      /// Whether the dead log names a key.
      boolean isMarked(long key) throws IOException;

      /// A needle is in the file that the map lacks; it goes back into the map.
      void heal(IndexLog.Entry needle, String how) throws IOException;
    }
  }

  /// Names of a volume's files.
  public record Names(String data, String log, String map) {}

  private final Disk disk;
  private final Names names;
  private final Source source;
  private final Superblock superblock;
  private final DiskFile file;
  private final IndexLog log;
  private final NeedleMap map;
  /// Offsets in the copy of needles that have holes where the disk gave no bytes.
  private final Set<Long> holed = new HashSet<>();
  private final RecordCopy bytes;
  private long copiedToBytes;
  private long endBytes;
  private long running;
  private int told;
  private boolean nameless;
  private boolean installed;
  private boolean taken;

  /// Needles that lie side by side in both files and are copied at once.
  private final List<Kept> run = new ArrayList<>();

  private GenerationCopy(Disk disk, Names names, Source source, Superblock superblock, DiskFile file, IndexLog log,
      NeedleMap map) {
    this.disk = disk;
    this.names = names;
    this.source = source;
    this.superblock = superblock;
    this.file = file;
    this.log = log;
    this.map = map;
    this.copiedToBytes = source.superblock.firstNeedle();
    this.endBytes = superblock.firstNeedle();
    this.running = RunningChecksum.begin(superblock.salt());
    this.bytes = new RecordCopy(source.file, source.name, file);
  }

  /// A needle that is to be copied.
  ///
  /// @param head null if it is damaged
  private record Kept(IndexLog.Entry entry, @Nullable NeedleHead head) {}

  /// Begins a copy; what an earlier one left is gone. If it fails nothing stays, neither open nor on the disk.
  public static GenerationCopy begin(Disk disk, Names names, Source source) throws IOException {
    removeLeftovers(disk, names);
    Superblock superblock = source.superblock.withNextGeneration(source.superblock.generation() + 1, 0,
        source.marksApplied, 0, 0);
    DiskFile file = null;
    IndexLog log = null;
    try {
      file = disk.open(names.data + SUFFIX);
      file.write(new ByteBuffer[]{superblock.encode()}, 0);
      log = IndexLog.create(disk, names.log + SUFFIX, superblock);
      NeedleMap map = NeedleMap.create(disk, names.map + SUFFIX, superblock, source.map.liveNeedles());
      return new GenerationCopy(disk, names, source, superblock, file, log, map);
    } catch (Throwable e) {
      try (DiskFile opened = file; IndexLog openedLog = log) {
        removeLeftovers(disk, names);
      } catch (IOException leftover) {
        e.addSuppressed(leftover);
      }
      throw e;
    }
  }

  /// Deletes what a compaction that did not come to its end left behind.
  public static void removeLeftovers(Disk disk, Names names) throws IOException {
    for (String name : List.of(names.data, names.log, names.map)) {
      disk.delete(name + SUFFIX);
    }
    disk.delete(names.map + SUFFIX + NeedleMap.NEXT);
  }

  /// Bytes of the source that were looked at so far.
  public long copiedToBytes() {
    return copiedToBytes;
  }

  /// Copies what no mark names between where the last call ended and an offset of the source, and verifies the copy.
  ///
  /// @param toll paid for what is copied and again for what is read back, piece by piece; what is only looked at asks
  ///   too, for nothing
  /// @throws IOException what the toll throws too: the copy is to be given up then
  public void copyTo(long sourceEndBytes, Toll toll) throws IOException {
    long copyFrom = endBytes;
    new NeedleScanner(source.file, source.name, source.superblock, sourceEndBytes, NeedleScanner.Depth.METAS,
        _ -> toll.pay(0)).scan(copiedToBytes, new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            IndexLog.Entry entry = new IndexLog.Entry(head.key(), NeedlePlace.of(offset, head.recordBytes()),
                head.sequence(), NeedleScanner.subjectHash(head, meta), head.kind());
            if (isKept(entry, "compaction found it in the file")) {
              keep(new Kept(entry, head), toll);
            }
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            copyDamage(offset, lengthBytes, damaged, what, toll);
          }
        });
    copyRun(toll);
    copiedToBytes = sourceEndBytes;
    verify(copyFrom, toll);
  }

  private void copyDamage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what, Toll toll)
      throws IOException {
    SortedMap<Long, IndexLog.Entry> known = new TreeMap<>();
    IndexLog.visit(disk, names.log, source.superblock, offset, offset + lengthBytes,
        entry -> known.put(entry.offsetBytes(), entry));
    if (damaged != null) {
      IndexLog.Entry logged = known.get(offset);
      known.clear();
      known.put(offset, new IndexLog.Entry(damaged.key(), NeedlePlace.of(offset, damaged.recordBytes()),
          damaged.sequence(), logged == null ? 0 : logged.subjectHash(), damaged.kind()));
    } else if (known.values().stream().mapToLong(IndexLog.Entry::recordBytes).sum() < lengthBytes) {
      for (NeedleMap.Placed placed : source.map.within(offset, offset + lengthBytes)) { // the log may be damaged, too
        known.putIfAbsent(NeedlePlace.offsetBytes(placed.place()),
            new IndexLog.Entry(placed.key(), placed.place(), 0, 0, NeedleKind.COMMIT));
      }
    }
    long coveredTo = offset;
    int kept = 0;
    long namelessBytes = 0;
    for (IndexLog.Entry entry : known.values()) {
      namelessBytes += copyNameless(coveredTo, entry.offsetBytes(), toll);
      if (isKept(entry, "compaction found what is left of it in the file")) {
        keep(new Kept(entry, damaged), toll);
        kept++;
      }
      coveredTo = Math.max(coveredTo, entry.endBytes());
    }
    namelessBytes += copyNameless(coveredTo, offset + lengthBytes, toll);
    if ((kept > 0 || namelessBytes > 0) && told++ < MOST_TOLD) {
      LOG.warning("compaction.damage").with("volume", superblock.volume()).with("what", what)
          .with("action", "kept-as-damaged").with("needles", kept).with("unknownBytes", namelessBytes).say();
    }
  }

  /// Bytes of which nobody knows what they were: the next scan tells of them too.
  ///
  /// @return how many
  private long copyNameless(long fromBytes, long toBytes, Toll toll) throws IOException {
    if (fromBytes >= toBytes) {
      return 0;
    }
    nameless = true;
    copyRun(toll);
    for (long from = fromBytes; from < toBytes; from += MOST_RUN_BYTES) {
      int lengthBytes = (int) Math.min(MOST_RUN_BYTES, toBytes - from);
      if (!bytes.copy(from, endBytes, lengthBytes, toll)) {
        bytes.copyWithHoles(from, endBytes, lengthBytes, toll);
      }
      endBytes += lengthBytes;
    }
    return toBytes - fromBytes;
  }

  /// Whether a needle goes into the copy.
  private boolean isKept(IndexLog.Entry entry, String how) throws IOException {
    long present = source.map.find(entry.key()).orElse(0);
    if (present == entry.place()) {
      return true;
    }
    if (present != 0) {
      if (NeedlePlace.offsetBytes(present) > entry.offsetBytes()) {
        return false; // the key has a newer needle
      }
    } else if (source.map.presence(entry.key()) == Presence.DEAD || source.truth.isMarked(entry.key())) {
      return false;
    }
    source.truth.heal(entry, how);
    return true;
  }

  private void keep(Kept needle, Toll toll) throws IOException {
    if (!run.isEmpty() && (run.getLast().entry.endBytes() != needle.entry.offsetBytes()
        || needle.entry.offsetBytes() - run.getFirst().entry.offsetBytes() >= MOST_RUN_BYTES)) {
      copyRun(toll);
    }
    run.add(needle);
  }

  private void copyRun(Toll toll) throws IOException {
    if (run.isEmpty()) {
      return;
    }
    long from = run.getFirst().entry.offsetBytes();
    long runBytes = run.getLast().entry.endBytes() - from;
    if (!bytes.copy(from, endBytes, runBytes, toll)) {
      copyOneByOne(toll);
    }
    for (Kept needle : run) {
      enter(needle, endBytes + needle.entry.offsetBytes() - from);
    }
    endBytes += runBytes;
    run.clear();
  }

  /// The disk does not give all bytes of the run.
  private void copyOneByOne(Toll toll) throws IOException {
    long shift = endBytes - run.getFirst().entry.offsetBytes();
    for (int i = 0; i < run.size(); i++) {
      IndexLog.Entry entry = run.get(i).entry;
      long to = entry.offsetBytes() + shift;
      if (bytes.copy(entry.offsetBytes(), to, entry.recordBytes(), toll)) {
        continue;
      }
      if (!source.keepsUnreadable) {
        throw new UnreadableNeedleException(
            source.name + " at " + entry.offsetBytes() + ": the disk does not give needle 0x"
                + Long.toHexString(entry.key()) + " (" + entry.recordBytes() + " bytes); it is asked again");
      }
      NeedleHead known = run.get(i).head;
      NeedleHead head = known == null
          ? RecordCopy.lostHead(superblock.volume(), entry)
          : known;
      bytes.copyWithHoles(entry.offsetBytes(), to, entry.recordBytes(), head, superblock.salt(), known != null, toll);
      run.set(i, new Kept(entry, head));
      holed.add(to);
      if (told++ < MOST_TOLD) {
        LOG.error("compaction.unreadable").with("file", source.name).with("offset", entry.offsetBytes())
            .with("bytes", entry.recordBytes()).with("needle", "0x" + Long.toHexString(entry.key()))
            .with("action", "kept-as-damaged").say();
      }
    }
  }

  private void enter(Kept needle, long copyOffset) throws IOException {
    IndexLog.Entry entry = needle.entry;
    long place = NeedlePlace.of(copyOffset, entry.recordBytes());
    map.put(entry.key(), place, entry.sequence());
    log.add(new IndexLog.Entry(entry.key(), place, entry.sequence(), entry.subjectHash(), entry.kind()));
    running = RunningChecksum.next(running,
        needle.head == null ? bytes.headSumAt(copyOffset) : needle.head.headCrc(superblock.salt()));
  }

  private void verify(long fromBytes, Toll toll) throws IOException {
    new NeedleScanner(file, names.data + SUFFIX, superblock, endBytes, NeedleScanner.Depth.DATA, toll).scan(fromBytes,
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            long place = map.find(head.key()).orElse(0);
            // One that was copied before its key's newer needle came is behind that and not found any more.
            if (place != NeedlePlace.of(offset, head.recordBytes()) && NeedlePlace.offsetBytes(place) <= offset) {
              throw new IOException(names.data + SUFFIX + " at " + offset + ": needle 0x"
                  + Long.toHexString(head.key()) + " is not where it was copied to");
            }
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            requireDamagedInSource(offset, lengthBytes, what);
          }
        });
  }

  /// Compares a damaged stretch of the copy with what it was copied from.
  private void requireDamagedInSource(long offset, long lengthBytes, String what) throws IOException {
    List<IndexLog.Entry> copied = new ArrayList<>();
    log.flush();
    IndexLog.visit(disk, names.log + SUFFIX, superblock, offset, offset + lengthBytes, copied::add);
    for (IndexLog.Entry copy : copied) {
      long from = source.map.find(copy.key()).orElse(0);
      if (from != 0 && !holed.contains(copy.offsetBytes())
          && !isSame(NeedlePlace.offsetBytes(from), copy.offsetBytes(), NeedlePlace.recordBytes(from))) {
        throw new IOException("the copy of needle 0x" + Long.toHexString(copy.key()) + " is damaged: " + what);
      }
    }
  }

  private boolean isSame(long sourceOffset, long copyOffset, int bytes) throws IOException {
    ByteBuffer left = ByteBuffer.allocate(bytes);
    ByteBuffer right = ByteBuffer.allocate(bytes);
    source.file.read(left, sourceOffset);
    file.read(right, copyOffset);
    return left.flip().equals(right.flip());
  }

  /// Makes the copy durable under its temporary name; what is copied later needs less then.
  public void sync() throws IOException {
    file.force();
    log.flush();
  }

  /// Removes a needle that was marked dead after it was copied.
  public void remove(long key) throws IOException {
    map.remove(key);
  }

  /// Syncs the copy and gives it the volume's name: the one step that decides which generation a crash leaves. Then
  /// the caches follow; they know their generation, so a crash between the two costs a scan.
  ///
  /// @param sealed the volume takes no needle any more: the superblock says so
  /// @param highestSequence of any needle that is or was in the volume
  /// @param highestKey the same
  /// @return the new generation; its files stay the copy's until the caller [takes][#wasTaken] them
  /// @throws IOException if the copy did not take its place, or (then [#isInstalled]) if it is unknown what a crash
  ///   would
  /// leave: nothing may be appended to either then
  public Installed install(boolean sealed, long highestSequence, long highestKey) throws IOException {
    Superblock synced = superblock.withNextGeneration(superblock.generation(), endBytes, source.marksApplied,
        highestSequence, highestKey);
    if (sealed) {
      synced = synced.withSealed(endBytes, running);
    }
    file.write(new ByteBuffer[]{synced.encode()}, 0);
    file.force();
    log.checkpoint(endBytes, highestSequence, running); // now, while a disk without space does no harm
    CrashPoints.pass("volume.compact.beforeRename");
    disk.rename(names.data + SUFFIX, names.data);
    installed = true;
    CrashPoints.pass("volume.compact.afterRename");
    disk.sync();
    disk.rename(names.log + SUFFIX, names.log);
    map.moveTo(names.map);
    CrashPoints.pass("volume.compact.afterCaches");
    return new Installed(synced, file, log, map, log.lastCheckpoint());
  }

  /// Whether there are bytes in the copy of which nobody knows which needle they were.
  public boolean hasNameless() {
    return nameless;
  }

  public boolean isInstalled() {
    return installed;
  }

  /// The files are the caller's from now on.
  public void wasTaken() {
    taken = true;
  }

  /// @param end of the copy, as its index log says
  public record Installed(Superblock superblock, DiskFile file, IndexLog log, NeedleMap map, IndexLog.Checkpoint end) {}

  /// Gives a copy up that nobody has taken. Of one that is installed the files stay on the disk.
  @Override
  public void close() throws IOException {
    if (taken) {
      return;
    }
    try (file; log) {
      if (!installed) {
        removeLeftovers(disk, names);
      }
    } finally {
      map.free();
    }
  }
}
