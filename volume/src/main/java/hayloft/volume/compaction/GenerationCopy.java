package hayloft.volume.compaction;

import hayloft.common.CrashPoints;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The next generation of a volume while it comes to be: the live needles of the present one, in their order, in files of
/// their own. Confined to one thread at a time.
///
/// **What is copied.** A needle that the present map places just there; so neither what is marked dead nor what a crash left
/// behind. Records are copied verbatim, and then the copy is read back and every byte of it verified.
///
/// **Damage.** A live needle that does not match its checksums is copied verbatim too, and the new map knows it: reading it
/// goes on saying what is wrong, and nothing is silently dropped. If not even its head can be read, its place comes from the
/// index log. A copy that is damaged where the source is not is no copy: it is given up with an IOException.
///
/// **Names.** Until [#install] the files carry the suffix [#SUFFIX]; whoever opens a volume deletes such files.
public final class GenerationCopy implements Closeable {
  public static final String SUFFIX = ".compact";
  private static final int PIECE_BYTES = 1 << 20;
  private static final System.Logger LOG = System.getLogger(GenerationCopy.class.getName());

  /// The present generation.
  ///
  /// @param name of the volume file, for messages
  public record Source(Superblock superblock, DiskFile file, String name, NeedleMap map) {}

  /// Names of a volume's files.
  public record Names(String data, String log, String map) {}

  private final Disk disk;
  private final Names names;
  private final Source source;
  private final Superblock superblock;
  private final DiskFile file;
  private final IndexLog log;
  private final NeedleMap map;
  private ByteBuffer piece = ByteBuffer.allocateDirect(0);
  private long copiedToBytes = Superblock.BYTES;
  private long endBytes = Superblock.BYTES;
  private boolean installed;

  // A run of needles that lie side by side in both files.
  private long runFrom;
  private long runTo;

  private GenerationCopy(Disk disk, Names names, Source source, Superblock superblock, DiskFile file, IndexLog log,
      NeedleMap map) {
    this.disk = disk;
    this.names = names;
    this.source = source;
    this.superblock = superblock;
    this.file = file;
    this.log = log;
    this.map = map;
  }

  /// Begins a copy; what an earlier one left is gone.
  public static GenerationCopy begin(Disk disk, Names names, Source source) throws IOException {
    removeLeftovers(disk, names);
    Superblock superblock = source.superblock().withGeneration(source.superblock().generation() + 1, 0);
    DiskFile file = disk.open(names.data + SUFFIX);
    try {
      file.write(new ByteBuffer[]{superblock.encode()}, 0);
      return new GenerationCopy(disk, names, source, superblock, file,
          IndexLog.create(disk, names.log + SUFFIX, superblock),
          NeedleMap.create(disk, names.map + SUFFIX, superblock, source.map.liveNeedles()));
    } catch (IOException e) {
      file.close();
      removeLeftovers(disk, names);
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

  /// Copies what is live between where the last call ended and an offset of the source, and verifies the copy.
  ///
  /// @param pace may be null: as fast as it goes
  public void copyTo(long sourceEndBytes, @Nullable Pace pace) throws IOException {
    long copyFrom = endBytes;
    List<String> damages = new ArrayList<>();
    runFrom = runTo = copiedToBytes;
    new NeedleScanner(source.file, source.name, source.superblock, sourceEndBytes, NeedleScanner.Depth.METAS)
        .scan(copiedToBytes, new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            copyIfLive(head.key(), NeedlePlace.of(offset, head.recordBytes()), pace);
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
              throws IOException {
            if (damages.size() < 20) {
              damages.add(what);
            }
            if (damaged != null) {
              copyIfLive(damaged.key(), NeedlePlace.of(offset, damaged.recordBytes()), pace);
            } else {
              IndexLog.visit(disk, names.log, source.superblock, offset, offset + lengthBytes,
                  (key, place) -> copyIfLive(key, place, pace));
            }
          }
        });
    copyRun(pace);
    copiedToBytes = sourceEndBytes;
    for (String what : damages) {
      LOG.log(System.Logger.Level.WARNING, "damage-while-compacting volume=" + superblock.volume() + " " + what);
    }
    verify(copyFrom);
  }

  private void copyIfLive(long key, long place, @Nullable Pace pace) throws IOException {
    if (source.map.find(key).orElse(0) != place) {
      return;
    }
    long offset = NeedlePlace.offsetBytes(place);
    if (offset != runTo || runTo - runFrom >= 4L * PIECE_BYTES) {
      copyRun(pace);
      runFrom = offset;
    }
    runTo = NeedlePlace.endBytes(place);
    long copy = NeedlePlace.of(endBytes + offset - runFrom, NeedlePlace.recordBytes(place));
    map.put(key, copy);
    log.add(key, copy);
  }

  private void copyRun(@Nullable Pace pace) throws IOException {
    for (long at = runFrom; at < runTo;) {
      int bytes = (int) Math.min(PIECE_BYTES, runTo - at);
      if (piece.capacity() < bytes) {
        piece = ByteBuffer.allocateDirect(bytes);
      }
      int count = source.file.read(piece.clear().limit(bytes), at);
      if (count < bytes) {
        throw new IOException(source.name + " at " + at + ": " + bytes + " bytes expected, found " + count);
      }
      file.write(new ByteBuffer[]{piece.flip()}, endBytes);
      at += bytes;
      endBytes += bytes;
      if (pace != null) {
        pace.spend(bytes);
      }
    }
    runFrom = runTo;
  }

  private void verify(long fromBytes) throws IOException {
    new NeedleScanner(file, names.data + SUFFIX, superblock, endBytes, NeedleScanner.Depth.DATA).scan(fromBytes,
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            if (map.find(head.key()).orElse(0) != NeedlePlace.of(offset, head.recordBytes())) {
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
    IndexLogPlaces copied = new IndexLogPlaces();
    log.flush();
    IndexLog.visit(disk, names.log + SUFFIX, superblock, offset, offset + lengthBytes, copied);
    for (int i = 0; i < copied.keys.size(); i++) {
      long from = source.map.find(copied.keys.get(i)).orElse(0);
      if (from != 0 && !isSame(NeedlePlace.offsetBytes(from), NeedlePlace.offsetBytes(copied.places.get(i)),
          NeedlePlace.recordBytes(from))) {
        throw new IOException("the copy of needle 0x" + Long.toHexString(copied.keys.get(i)) + " is damaged: " + what);
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

  private static final class IndexLogPlaces implements IndexLog.Visitor {
    private final List<Long> keys = new ArrayList<>();
    private final List<Long> places = new ArrayList<>();

    @Override
    public void needle(long key, long place) {
      keys.add(key);
      places.add(place);
    }
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
  /// @return the new generation; the caller owns its files
  /// @throws IOException if the copy did not take its place, or (then [#isInstalled]) if it is unknown what a crash would
  /// leave: nothing may be appended to either then
  public Installed install() throws IOException {
    Superblock synced = superblock.withGeneration(superblock.generation(), endBytes);
    file.write(new ByteBuffer[]{synced.encode()}, 0);
    file.force();
    log.checkpoint(endBytes); // now, while a disk without space does no harm
    CrashPoints.pass("volume.compact.beforeRename");
    disk.rename(names.data + SUFFIX, names.data);
    installed = true;
    CrashPoints.pass("volume.compact.afterRename");
    disk.sync();
    disk.rename(names.log + SUFFIX, names.log);
    map.moveTo(names.map);
    CrashPoints.pass("volume.compact.afterCaches");
    return new Installed(synced, file, log, map, endBytes);
  }

  public boolean isInstalled() {
    return installed;
  }

  public record Installed(Superblock superblock, DiskFile file, IndexLog log, NeedleMap map, long endBytes) {}

  /// Gives an unfinished copy up; one that is installed stays.
  @Override
  public void close() throws IOException {
    if (!installed) {
      file.close();
      log.close();
      removeLeftovers(disk, names);
    }
  }
}
