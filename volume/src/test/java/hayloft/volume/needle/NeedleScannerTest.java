package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NeedleScanner.Depth;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Does a scan that jumps over data see what one that reads every byte sees?
final class NeedleScannerTest {

  @TempDir
  private Path folder;

  private static final Superblock SUPERBLOCK = Superblock.first(7, new UUID(1, 2), 3, 4, 0);
  private static final int[] SIZES = {0, 1, 300, 4 << 10, 40 << 10, 64 << 10, 300 << 10, 1 << 20, 3 << 20};

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void metasAreSeenWhateverLiesBetween(long seed) throws IOException {
    Random random = new Random(seed);
    DiskFile file = new SimulatedDisk(random).open("7.dat");
    List<Long> offsets = new ArrayList<>();
    long end = write(file, random, offsets);
    int broken = random.nextInt(offsets.size() - 1);
    // its head: what follows must be found again
    file.write(new ByteBuffer[]{ByteBuffer.allocate(8)}, offsets.get(broken));

    List<String> jumping = scan(file, end, Depth.METAS);
    assertEquals(scan(file, end, Depth.DATA), jumping, "seed " + seed);
    assertEquals(offsets.size(), jumping.size(), "seed " + seed);
    assertEquals("damage " + offsets.get(broken) + " " + (offsets.get(broken + 1) - offsets.get(broken)),
        jumping.get(broken), "seed " + seed);
  }

  @Test
  void aVoidIsPassedOverAndToldToWhoCountsRecords() throws IOException {
    DiskFile file = new SimulatedDisk(new Random(1)).open("7.dat");
    List<Long> offsets = new ArrayList<>();
    long end = write(file, new Random(1), offsets);
    ByteBuffer head = ByteBuffer.allocate(NeedleHead.BYTES);
    NeedleHead.voidOf(7, offsets.get(20) - offsets.get(17)).encode(head, SUPERBLOCK.salt());
    file.write(new ByteBuffer[]{head.flip()}, offsets.get(17));
    for (Depth depth : Depth.values()) {
      List<String> seen = scan(file, end, depth);
      assertEquals(offsets.size() - 2, seen.size());
      assertEquals("void " + offsets.get(17), seen.get(17));
      assertTrue(seen.stream().noneMatch(line -> line.startsWith("damage")), seen.toString());
    }
  }

  @Test
  void aNeedleOfANewerProgramEndsTheScan() throws IOException {
    DiskFile file = new SimulatedDisk(new Random(1)).open("7.dat");
    List<Long> offsets = new ArrayList<>();
    long end = write(file, new Random(1), offsets);
    NeedleHead head = new NeedleHead(7, 9, 9, 5, NeedleKind.COMMIT, 0, 0, 0, true, Subject.NONE);
    file.write(new ByteBuffer[]{NeedleHeadTest.withFlags(head, 6, SUPERBLOCK.salt())}, offsets.get(10));
    assertThrows(NewerFormatException.class, () -> scan(file, end, Depth.DATA));
    file.write(new ByteBuffer[]{ByteBuffer.allocate(8)}, offsets.get(9)); // found again behind damage, too
    assertThrows(NewerFormatException.class, () -> scan(file, end, Depth.METAS));
  }

  private static long write(DiskFile file, Random random, List<Long> offsets) throws IOException {
    file.write(new ByteBuffer[]{SUPERBLOCK.encode()}, 0);
    long at = SUPERBLOCK.firstNeedle();
    for (int key = 1; key <= 60; key++) {
      byte[] data = new byte[SIZES[random.nextInt(SIZES.length)]];
      random.nextBytes(data);
      var draft = new NeedleDraft(new FileId(7, key, 5), NeedleKind.COMMIT, key,
          Unpooled.wrappedBuffer(new byte[random.nextInt(2000)]), Unpooled.wrappedBuffer(data), Durability.FSYNC);
      EncodedNeedle needle = EncodedNeedle.of(draft, SUPERBLOCK.salt(), ByteBufAllocator.DEFAULT);
      List<ByteBuffer> pieces = new ArrayList<>();
      needle.addTo(pieces);
      file.write(pieces.toArray(ByteBuffer[]::new), at);
      offsets.add(at);
      at += needle.head().recordBytes();
      needle.release();
    }
    return at;
  }

  private static List<String> scan(DiskFile file, long end, Depth depth) throws IOException {
    List<String> seen = new ArrayList<>();
    new NeedleScanner(file, "7.dat", SUPERBLOCK, end, depth).scan(SUPERBLOCK.firstNeedle(),
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) {
            seen.add(head.key() + " at " + offset + " " + meta.remaining());
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
            seen.add("damage " + offset + " " + lengthBytes);
          }

          @Override
          public void voided(NeedleHead head, long offset) {
            seen.add("void " + offset);
          }
        });
    return seen;
  }

  static long[] seeds() {
    return new Random().longs(12).toArray();
  }

  /// Pages that the disk does not give cost the needles that lie on them and no other, at both depths.
  @ParameterizedTest
  @MethodSource("seeds")
  void aPageThatCannotBeReadCostsWhatLiesOnItAlone(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    DiskFile file = disk.open("7.dat");
    List<Long> offsets = new ArrayList<>();
    long end = write(file, random, offsets);
    BitSet bad = new BitSet();
    for (int i = 0; i < 4; i++) {
      int first = 1 + random.nextInt((int) (end / 4096) - 1);
      int pages = random.nextInt(4) == 0 ? 1 + random.nextInt(60) : 1;
      bad.set(first, first + pages);
      disk.makeUnreadable("7.dat", first * 4096L, (first + pages) * 4096L);
    }
    for (Depth depth : Depth.values()) {
      Map<Long, NeedleHead> good = new TreeMap<>();
      List<long[]> lost = new ArrayList<>();
      new NeedleScanner(file, "7.dat", SUPERBLOCK, end, depth).scan(SUPERBLOCK.firstNeedle(),
          new NeedleScanner.Visitor() {
            @Override
            public void needle(NeedleHead head, long offset, ByteBuffer meta) {
              assertEquals(head.metaBytes(), meta.remaining());
              good.put(offset, head);
            }

            @Override
            public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
              throw new AssertionError("seed " + seed + ": " + what);
            }

            @Override
            public void unreadable(long offset, long lengthBytes, @Nullable NeedleHead head, String what) {
              assertTrue(what.contains("simulated EIO"), what);
              assertEquals(isBad(offset, offset + NeedleHead.BYTES), head == null, "seed " + seed);
              lost.add(new long[]{offset, offset + lengthBytes});
            }

            private boolean isBad(long from, long to) {
              return bad.get((int) (from / 4096), (int) ((to - 1) / 4096) + 1).cardinality() > 0;
            }
          });
      for (int i = 0; i < offsets.size(); i++) {
        long from = offsets.get(i);
        long to = i + 1 < offsets.size() ? offsets.get(i + 1) : end;
        boolean told = lost.stream().anyMatch(stretch -> stretch[0] <= from && from < stretch[1]);
        assertEquals(!good.containsKey(from), told, "seed " + seed + " needle at " + from);
        if (depth == Depth.DATA) {
          assertEquals(bad.get((int) (from / 4096), (int) ((to - 1) / 4096) + 1).isEmpty(), good.containsKey(from),
              "seed " + seed + " needle from " + from + " to " + to);
        }
      }
    }
  }

  /// Every read of it fails.
  private static final class DeadFile implements DiskFile {
    private int reads;

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      reads++;
      throw new IOException("simulated EIO");
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return false;
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) {}

    @Override
    public void force() {}

    @Override
    public long sizeBytes() {
      return 30L << 30;
    }

    @Override
    public void truncate(long sizeBytes) {}

    @Override
    public void close() {}
  }

  @Test
  void aDiskThatGivesNothingIsAskedHundredsOfTimesAndNotMillions() throws IOException {
    DeadFile dead = new DeadFile();
    List<String> told = scan(dead, dead.sizeBytes(), Depth.DATA);
    assertEquals(List.of("damage 512 " + (dead.sizeBytes() - 512)), told);
    assertTrue(dead.reads < 2000, "reads: " + dead.reads);
  }

  @Test
  void aFileThatWasClosedIsNoDamage() throws IOException {
    DiskFile closed = new FileDisk(folder).open("7.dat");
    closed.close();
    assertThrows(ClosedChannelException.class, () -> scan(closed, 1 << 20, Depth.METAS));
  }
}
