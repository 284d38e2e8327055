package hayloft.volume.store;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is found out about a volume file that was not closed cleanly. Stateless.
///
/// Behind the index log's last checkpoint the file is scanned, and every byte verified. What the scan finds last and not whole is the torn
/// tail of a crash, and is cut. Damage with good needles behind it stays where it is and is reported: if it was synced once, as the
/// needle that a reader will be told is damaged; if not, it is a piece of a batch that nobody was told is there (a power cut
/// may keep a batch's last page and lose its first), and the needle is marked dead. What the disk does not give at all is neither: nobody
/// knows what it is, so it stays, and what is known of it is entered.
final class VolumeRecovery {
  private static final int MAX_DAMAGES_LOGGED = 20;
  private static final System.Logger LOG = System.getLogger(VolumeRecovery.class.getName());

  private VolumeRecovery() {}

  static Superblock superblockOf(Descriptor descriptor, int generation) {
    return new Superblock(descriptor.spec().id(), generation, descriptor.storeId(), descriptor.salt(),
        descriptor.createdMillis(), 0);
  }

  /// The superblock as the file has it, or made again from the descriptor if it is damaged.
  ///
  /// @throws IOException if the file is of another volume or store
  static Superblock superblock(DiskFile file, Descriptor descriptor, String name) throws IOException {
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

  /// What a volume file ends with.
  ///
  /// @param endBytes of the volume file
  /// @param torn keys of needles that a crash left in pieces before whole ones
  record Tail(long endBytes, List<Long> torn) {}

  /// Scans what the index log does not cover, and cuts the torn tail.
  ///
  /// @param map null if it is good already: then the file was closed cleanly, and nothing in it is torn
  static Tail tail(int id, DiskFile file, String name, Superblock superblock, IndexLog.Opened opened,
      @Nullable NeedleMap map) throws IOException {
    long size = file.sizeBytes();
    List<String> damages = new ArrayList<>();
    List<NeedleHead> torn = new ArrayList<>();
    List<Long> tornOffsets = new ArrayList<>();
    long[] unreadableToBytes = {0};
    long[] syncedBytes = {map == null ? size : -1}; // damage before this is rot, behind it a torn write
    NeedleScanner scanner = new NeedleScanner(file, name, superblock, size, NeedleScanner.Depth.DATA);
    long lastGood = scanner.scan(opened.scanFromBytes(), new NeedleScanner.Visitor() {
      @Override
      public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
        enter(head, offset);
      }

      @Override
      public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) throws IOException {
        if (syncedBytes[0] < 0) {
          syncedBytes[0] = syncedBytes(file, name, superblock, offset, size);
        }
        if (damages.size() < MAX_DAMAGES_LOGGED) {
          damages.add(what);
        }
        if (damaged != null && offset < syncedBytes[0]) {
          enter(damaged, offset); // a read then says what is wrong with it, instead of finding nothing
        } else if (damaged != null) {
          torn.add(damaged);
          tornOffsets.add(offset);
        }
      }

      @Override
      public void unreadable(long offset, long lengthBytes, @Nullable NeedleHead head, String what) throws IOException {
        unreadableToBytes[0] = offset + lengthBytes;
        if (damages.size() < MAX_DAMAGES_LOGGED) {
          damages.add(what);
        }
        if (head != null) {
          enter(head, offset);
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
    long kept = Math.max(lastGood, unreadableToBytes[0]);
    long end = Math.max(kept, Math.min(size, syncedBytes[0])) & -NeedleHead.ALIGNMENT;
    if (end < size) {
      LOG.log(System.Logger.Level.INFO, "torn-tail-cut volume=" + id + " from=" + end + " bytes=" + (size - end));
      file.truncate(end);
    }
    file.force();
    for (String what : damages) {
      LOG.log(System.Logger.Level.WARNING, "volume-damage volume=" + id + " " + what);
    }
    List<Long> tornInside = new ArrayList<>();
    for (int i = 0; i < torn.size(); i++) {
      if (tornOffsets.get(i) < end) {
        tornInside.add(torn.get(i).key());
      }
    }
    return new Tail(end, tornInside);
  }

  /// How much of the file was certainly synced: up to the last needle that says so of what is before it.
  private static long syncedBytes(DiskFile file, String name, Superblock superblock, long fromBytes, long sizeBytes)
      throws IOException {
    long[] synced = {superblock.syncedBytes()};
    new NeedleScanner(file, name, superblock, sizeBytes, NeedleScanner.Depth.METAS).scan(fromBytes,
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) {
            if (head.syncedBefore()) {
              synced[0] = offset;
            }
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
            if (damaged != null && damaged.syncedBefore()) {
              synced[0] = offset;
            }
          }
        });
    return synced[0];
  }
}
