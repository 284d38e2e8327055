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
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NeedleScanner.Depth;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Does a scan that jumps over data see what one that reads every byte sees?
final class NeedleScannerTest {

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
    file.write(new ByteBuffer[]{ByteBuffer.allocate(8)}, offsets.get(broken)); // its head: what follows must be found again

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
    new NeedleScanner(file, "7.dat", SUPERBLOCK, end, depth).scan(SUPERBLOCK.firstNeedle(), new NeedleScanner.Visitor() {
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
}
