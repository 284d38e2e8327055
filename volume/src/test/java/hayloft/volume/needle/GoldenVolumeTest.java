package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
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

/// The file of every released version stays here, to be read forever. Each was written by a test below, which
/// also shows that this program still writes those very bytes.
class GoldenVolumeTest {
  private static final Superblock SUPERBLOCK = Superblock.ofLevelOne(7, 0,
      new UUID(0x0123456789abcdefL, 0xfedcba9876543210L), 0x1122334455667788L, 1_700_000_000_000L, 0);

  private static final Superblock SUPERBLOCK_2 = Superblock.first(7,
      new UUID(0x0123456789abcdefL, 0xfedcba9876543210L), 0x1122334455667788L, 1_700_000_000_000L, 16);

  private static byte[] golden(String name) throws IOException {
    try (InputStream in = GoldenVolumeTest.class.getResourceAsStream(name)) {
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
    write(drafts, file);
    return ByteBufUtil.getBytes(file);
  }

  static byte[] writeVersion2() {
    ByteBuf file = Unpooled.buffer();
    file.writeBytes(SUPERBLOCK_2.encode());
    write(List.of(
        draft(0x101, NeedleKind.COMMIT, CommitSequence.of(16, 1), "4bytbucket/key", "Hay!".getBytes(
            StandardCharsets.UTF_8), new Subject(4, 10)),
        draft(0x102, NeedleKind.CHUNK, CommitSequence.of(16, 2), "", data(70_000))), file);
    ByteBuffer head = ByteBuffer.allocate(NeedleHead.BYTES);
    NeedleHead.voidOf(7, 64).encode(head, SUPERBLOCK_2.salt());
    file.writeBytes(head.flip()).writeBytes(new byte[16]);
    write(List.of(draft(0x103, NeedleKind.BLOB, 0, "", new byte[0]),
        draft(0x104, NeedleKind.BOOK, CommitSequence.of(16, 3), "marks of volume 8", new byte[0], new Subject(9, 8))),
        file);
    return ByteBufUtil.getBytes(file);
  }

  private static void write(List<NeedleDraft> drafts, ByteBuf file) {
    for (NeedleDraft draft : drafts) {
      EncodedNeedle needle = EncodedNeedle.of(draft, SUPERBLOCK.salt(), ByteBufAllocator.DEFAULT);
      if (draft.id().key() != 0x102) {
        needle.markSyncedBefore();
      }
      List<ByteBuffer> pieces = new ArrayList<>();
      needle.addTo(pieces);
      pieces.forEach(file::writeBytes);
      assertEquals(needle.head().headCrc(SUPERBLOCK.salt()), needle.headCrc());
      needle.release();
    }
  }

  private static NeedleDraft draft(long key, NeedleKind kind, long sequence, String meta, byte[] data) {
    return draft(key, kind, sequence, meta, data, Subject.NONE);
  }

  private static NeedleDraft draft(long key, NeedleKind kind, long sequence, String meta, byte[] data,
      Subject subject) {
    return new NeedleDraft(new FileId(7, key, 0x637037d6), kind, sequence,
        Unpooled.copiedBuffer(meta, StandardCharsets.UTF_8), Unpooled.wrappedBuffer(data), Durability.FSYNC, subject);
  }

  @Test
  void version1IsStillWrittenAsItWas() throws IOException {
    assertArrayEquals(golden("volume-v1.dat"), write());
  }

  @Test
  void version1IsStillRead() throws IOException {
    assertEquals(List.of("64 COMMIT 7,0101637037d6 17592186044417 true bucket/key 4",
        "136 CHUNK 7,0102637037d6 17592186044418 false  70000", "70192 BLOB 7,0103637037d6 0 true  0"),
        read(golden("volume-v1.dat"), SUPERBLOCK));
  }

  @Test
  void version2IsStillWrittenAsItWas() throws IOException {
    assertArrayEquals(golden("volume-v2.dat"), writeVersion2());
  }

  @Test
  void version2IsStillRead() throws IOException {
    assertEquals(List.of("512 COMMIT 7,0101637037d6 17592186044417 true 4bytbucket/key 4 about "
        + hash("bucket/key"), "584 CHUNK 7,0102637037d6 17592186044418 false  70000", "70640 VOID 64",
        "70704 BLOB 7,0103637037d6 0 true  0",
        "70752 BOOK 7,0104637037d6 17592186044419 true marks of volume 8 0 about " + hash("volume 8")),
        read(golden("volume-v2.dat"), SUPERBLOCK_2));
  }

  private static String hash(String subject) {
    return Long.toHexString(SubjectHash.of(ByteBuffer.wrap(subject.getBytes(StandardCharsets.UTF_8))));
  }

  private static List<String> read(byte[] golden, Superblock expected) throws IOException {
    Disk disk = new SimulatedDisk(new Random(1));
    List<String> found = new ArrayList<>();
    try (DiskFile file = disk.open("7.dat")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(golden)}, 0);
      ByteBuffer front = ByteBuffer.allocate(Superblock.MOST_BYTES);
      file.read(front, 0);
      Superblock superblock = Superblock.decode(front.flip(), "7.dat");
      assertEquals(expected, superblock);
      NeedleReader reader = new NeedleReader(file, "7.dat", superblock, ByteBufAllocator.DEFAULT);
      long end = new NeedleScanner(file, "7.dat", superblock, golden.length, NeedleScanner.Depth.DATA)
          .scan(superblock.firstNeedle(), new NeedleScanner.Visitor() {
            @Override
            public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
              long about = NeedleScanner.subjectHash(head, meta);
              found.add(offset + " " + head.kind() + " " + head.id() + " " + head.sequence() + " "
                  + head.syncedBefore() + " " + StandardCharsets.UTF_8.decode(meta.duplicate()) + " "
                  + head.dataBytes() + (about == SubjectHash.NONE ? "" : " about " + Long.toHexString(about)));
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

            @Override
            public void voided(NeedleHead head, long offset) {
              found.add(offset + " VOID " + head.recordBytes());
            }
          });
      assertEquals(golden.length, end);
    }
    return found;
  }
}
