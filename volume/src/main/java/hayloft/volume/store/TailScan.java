package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.common.volume.SubjectHash;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.LogTail;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads and verifies every byte behind an index log's last checkpoint, and tells torn from rotten. Confined to one
/// thread.
///
/// **Proof.** Bytes were certainly synced if a later needle says that everything before it was, if the superblock says
/// so, or if the log has an entry for them, behind its last checkpoint too: the writer enters a needle only once it is
/// synced. Damage there is rot: it stays where it is, and map and log know the needle, with all that the log knew of
/// it, so that whoever asks for it is told. Damage behind all proof is what a crash left of a batch that nobody was
/// told is there (a power cut may keep a batch's last page and lose its first): with good needles behind it it becomes
/// a void, and behind the last one it is the tail that is cut. What the disk does not give is neither: nobody knows
/// what it is.
final class TailScan implements NeedleScanner.Visitor {
  private static final int MOST_TOLD = 20;
  private static final EventLog LOG = EventLog.of(TailScan.class);

  private record Stretch(long offset, long lengthBytes) {
    long endBytes() {
      return offset + lengthBytes;
    }
  }

  private final DiskFile file;
  private final String name;
  private final Superblock superblock;
  private final IndexLog log;
  private final LogTail known;
  private final long fromBytes;
  private final long sizeBytes;
  private final @Nullable NeedleMap map;
  private final List<Stretch> torn = new ArrayList<>();
  private final List<Stretch> voids = new ArrayList<>();
  private long provenBytes;
  private long goodEnd;
  private long unreadableAt = -1;
  private long running;
  private long highestSequence;
  private int told;

  /// @param sizeBytes where the file ends, for us
  /// @param map null if it is good already: then the file was closed cleanly, and nothing in it is torn
  TailScan(DiskFile file, String name, Superblock superblock, IndexLog.Opened read, long sizeBytes,
      @Nullable NeedleMap map) {
    this.file = file;
    this.name = name;
    this.superblock = superblock;
    this.log = read.log();
    this.known = read.behind();
    this.fromBytes = read.scanFromBytes();
    this.sizeBytes = sizeBytes;
    this.map = map;
    this.provenBytes = map == null ? sizeBytes : -1;
    this.goodEnd = fromBytes;
    this.running = read.running();
    this.highestSequence = read.highestSequence();
  }

  static IndexLog.Entry entry(NeedleHead head, long offset, long subjectHash) {
    return new IndexLog.Entry(head.key(), NeedlePlace.of(offset, head.recordBytes()), head.sequence(), subjectHash,
        head.kind());
  }

  void run() throws IOException {
    new NeedleScanner(file, name, superblock, sizeBytes, NeedleScanner.Depth.DATA).scan(fromBytes, this);
    goodEnd = Math.max(goodEnd, Math.min(sizeBytes, Math.max(provenBytes, superblock.syncedBytes())));
  }

  /// What a checkpoint may say once [#writeVoids] is done.
  IndexLog.Checkpoint end() {
    return new IndexLog.Checkpoint(goodEnd & -NeedleHead.ALIGNMENT, highestSequence, running);
  }

  /// Whether some of what lies behind the last needle cannot be read.
  boolean isTailUnreadable() {
    return unreadableAt >= goodEnd;
  }

  /// Writes voids over torn needles that have good ones behind them; not synced.
  void writeVoids() throws IOException {
    for (Stretch one : voids) {
      ByteBuffer head = ByteBuffer.allocate(NeedleHead.BYTES);
      voidOf(one).encode(head, superblock.salt());
      file.write(new ByteBuffer[]{head.flip()}, one.offset);
      LOG.info("volume.tornNeedleVoided").with("file", name).with("offset", one.offset).with("bytes", one.lengthBytes)
          .say();
    }
  }

  private NeedleHead voidOf(Stretch one) {
    return NeedleHead.voidOf(superblock.volume(), one.lengthBytes);
  }

  @Override
  public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
    enter(entry(head, offset, NeedleScanner.subjectHash(head, meta)), head.headCrc(superblock.salt()));
  }

  @Override
  public void voided(NeedleHead head, long offset) throws IOException {
    foldTorn();
    log.add(IndexLog.Entry.ofVoid(NeedlePlace.of(offset, head.recordBytes())));
    running = RunningChecksum.next(running, head.headCrc(superblock.salt()));
    goodEnd = offset + head.recordBytes();
  }

  /// It stays as it is.
  @Override
  public void keyless(NeedleHead head, long offset) throws IOException {
    LOG.warning("needle.keyless").with("file", name).with("offset", offset).with("bytes", head.recordBytes())
        .with("action", "no server writes a needle under key 0; it is stepped over").say();
    voided(head, offset);
  }

  @Override
  public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) throws IOException {
    tell(what);
    if (isProven(offset)) {
      enterDamaged(offset, lengthBytes, damaged);
    } else {
      torn.add(new Stretch(offset, lengthBytes));
    }
  }

  @Override
  public void unreadable(long offset, long lengthBytes, @Nullable NeedleHead head, String what) throws IOException {
    tell(what);
    unreadableAt = offset;
    if (head != null || isProven(offset)) {
      enterDamaged(offset, lengthBytes, head);
    }
  }

  private boolean isProven(long offset) throws IOException {
    if (provenBytes < 0) {
      provenBytes = proven(offset);
    }
    return offset < provenBytes;
  }

  private void tell(String what) {
    if (told++ < MOST_TOLD) {
      LOG.warning("volume.damage").with("what", what).say();
    }
  }

  /// A read then says what is wrong with it, instead of finding nothing.
  private void enterDamaged(long offset, long lengthBytes, @Nullable NeedleHead damaged) throws IOException {
    if (damaged != null) {
      long hash = known.at(offset).filter(entry -> entry.key() == damaged.key()).map(IndexLog.Entry::subjectHash)
          .orElse(SubjectHash.NONE);
      enter(entry(damaged, offset, hash), damaged.headCrc(superblock.salt()));
    } else {
      known.visit(offset, offset + lengthBytes, entry -> {
        if (entry.endBytes() <= sizeBytes) {
          enter(entry, headSumAt(entry.offsetBytes()));
        }
      });
    }
  }

  private void enter(IndexLog.Entry entry, int headCrc) throws IOException {
    foldTorn();
    if (map != null) {
      map.put(entry.key(), entry.place(), entry.sequence());
    }
    log.add(entry);
    running = RunningChecksum.next(running, headCrc);
    highestSequence = Math.max(highestSequence, entry.sequence());
    goodEnd = Math.max(goodEnd, entry.endBytes());
  }

  /// There is something behind what is torn, so it is no tail.
  private void foldTorn() throws IOException {
    for (Stretch one : torn) {
      if (one.lengthBytes >= NeedleHead.BYTES) {
        voids.add(one);
        log.add(IndexLog.Entry.ofVoid(NeedlePlace.of(one.offset, (int) one.lengthBytes)));
        running = RunningChecksum.next(running, voidOf(one).headCrc(superblock.salt()));
        goodEnd = one.endBytes();
      }
    }
    torn.clear();
  }

  private int headSumAt(long offset) {
    ByteBuffer head = ByteBuffer.allocate(NeedleHead.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try {
      file.read(head, offset);
    } catch (IOException e) {
      LOG.debug("needle.headUnreadable").with("file", name).with("offset", offset).say(e);
    }
    return head.getInt(NeedleHead.BYTES - Integer.BYTES);
  }

  /// How much of the file was certainly synced.
  private long proven(long damageAt) throws IOException {
    long[] proven = {Math.max(superblock.syncedBytes(), Math.min(sizeBytes, known.endBytes()))};
    new NeedleScanner(file, name, superblock, sizeBytes, NeedleScanner.Depth.METAS).scan(damageAt,
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) {
            take(head, offset);
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
            if (damaged != null) {
              take(damaged, offset);
            }
          }

          private void take(NeedleHead head, long offset) {
            if (head.syncedBefore()) {
              proven[0] = Math.max(proven[0], offset);
            }
          }
        });
    return proven[0];
  }
}
