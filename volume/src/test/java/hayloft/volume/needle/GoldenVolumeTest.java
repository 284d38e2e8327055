package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The file of every released version stays here, to be read forever. Version 1 was written by the first test below, which
/// also shows that this version still writes those very bytes.
class GoldenVolumeTest {
  private static final Superblock SUPERBLOCK = Superblock.ofLevelOne(7, 0,
      new UUID(0x0123456789abcdefL, 0xfedcba9876543210L), 0x1122334455667788L, 1_700_000_000_000L, 0);

  private static byte[] golden() throws IOException {
    try (InputStream in = GoldenVolumeTest.class.getResourceAsStream("volume-v1.dat")) {
      assertNotNull(in);
      return in.readAllBytes();
    }
  }

  private static byte[] data(int size) {
    byte[] data = new byte[size];
    new Random(size).nextBytes(data);
    return data;
  }

  static byte[] write() {
    List<NeedleDraft> drafts = List.of(
        draft(0x101, NeedleKind.COMMIT, 0x0000_1000_0000_0001L, "bucket/key", "Hay!".getBytes(StandardCharsets.UTF_8)),
        draft(0x102, NeedleKind.CHUNK, 0x0000_1000_0000_0002L, "", data(70_000)),
        draft(0x103, NeedleKind.BLOB, 0, "", new byte[0]));
    ByteBuf file = Unpooled.buffer();
    file.writeBytes(SUPERBLOCK.encode());
    for (NeedleDraft draft : drafts) {
      EncodedNeedle needle = EncodedNeedle.of(draft, SUPERBLOCK.salt(), ByteBufAllocator.DEFAULT);
      if (draft.id().key() != 0x102) {
        needle.markSyncedBefore();
      }
      List<ByteBuffer> pieces = new ArrayList<>();
      needle.addTo(pieces);
      pieces.forEach(file::writeBytes);
      needle.release();
    }
    return ByteBufUtil.getBytes(file);
  }

  private static NeedleDraft draft(long key, NeedleKind kind, long sequence, String meta, byte[] data) {
    return new NeedleDraft(new FileId(7, key, 0x637037d6), kind, sequence,
        Unpooled.copiedBuffer(meta, StandardCharsets.UTF_8), Unpooled.wrappedBuffer(data), Durability.FSYNC);
  }

  @Test
  void version1IsStillWrittenAsItWas() throws IOException {
    assertArrayEquals(golden(), write());
  }

  @Test
  void version1IsStillRead() throws IOException {
    Disk disk = new SimulatedDisk(new Random(1));
    byte[] golden = golden();
    try (DiskFile file = disk.open("7.dat")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(golden)}, 0);
      ByteBuffer front = ByteBuffer.allocate(Superblock.MOST_BYTES);
      file.read(front, 0);
      Superblock superblock = Superblock.decode(front.flip(), "7.dat");
      assertEquals(SUPERBLOCK, superblock);
      List<String> found = new ArrayList<>();
      NeedleReader reader = new NeedleReader(file, "7.dat", superblock, ByteBufAllocator.DEFAULT);
      long end = new NeedleScanner(file, "7.dat", superblock, golden.length, NeedleScanner.Depth.DATA)
          .scan(superblock.firstNeedle(), new NeedleScanner.Visitor() {
            @Override
            public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
              found.add(offset + " " + head.kind() + " " + head.id() + " " + head.sequence() + " "
                  + head.syncedBefore() + " " + StandardCharsets.UTF_8.decode(meta.duplicate()) + " "
                  + head.dataBytes());
              Optional<ByteBuf> data = reader.read(head.id(), offset, head.recordBytes(), 0, Integer.MAX_VALUE);
              assertEquals(head.dataBytes(), data.orElseThrow().readableBytes());
              if (head.dataBytes() == 70_000) {
                assertArrayEquals(data(70_000), ByteBufUtil.getBytes(data.orElseThrow()));
              }
              data.orElseThrow().release();
            }

            @Override
            public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
              throw new AssertionError(what);
            }
          });
      assertEquals(golden.length, end);
      assertEquals(List.of("64 COMMIT 7,0101637037d6 17592186044417 true bucket/key 4",
          "136 CHUNK 7,0102637037d6 17592186044418 false  70000", "70192 BLOB 7,0103637037d6 0 true  0"), found);
    }
  }
}
