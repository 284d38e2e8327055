package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.volume.disk.DiskFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Does a read give back what it took, whatever goes wrong, and say what went wrong?
final class NeedleReaderTest {

  private static final Superblock SUPERBLOCK = Superblock.first(7, new UUID(1, 2), 3, 4, 0);
  private static final FileId ID = new FileId(7, 9, 5);

  /// One needle in memory, of which the n-th read fails.
  private static final class FailingFile implements DiskFile {
    private final byte[] bytes;
    private final int failingRead;
    private final RuntimeException bug;
    private int reads;

    FailingFile(byte[] bytes, int failingRead, RuntimeException bug) {
      this.bytes = bytes;
      this.failingRead = failingRead;
      this.bug = bug;
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      if (++reads == failingRead) {
        throw new IOException("simulated EIO");
      }
      int count = (int) Math.min(into.remaining(), bytes.length - atBytes);
      into.put(bytes, (int) atBytes, count);
      return count;
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      if (++reads == failingRead) {
        throw bug;
      }
      into.put(bytes, (int) atBytes, into.remaining());
      return true;
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) {}

    @Override
    public void force() {}

    @Override
    public long sizeBytes() {
      return bytes.length;
    }

    @Override
    public void truncate(long sizeBytes) {}

    @Override
    public void close() {}
  }

  /// Its front does not fit into the first read.
  private static byte[] needleWithLongMeta() {
    var draft = new NeedleDraft(ID, NeedleKind.COMMIT, 1, Unpooled.wrappedBuffer(new byte[20_000]),
        Unpooled.wrappedBuffer(new byte[300_000]), Durability.FSYNC);
    EncodedNeedle needle = EncodedNeedle.of(draft, SUPERBLOCK.salt(), ByteBufAllocator.DEFAULT);
    List<ByteBuffer> pieces = new ArrayList<>();
    needle.addTo(pieces);
    ByteBuffer bytes = ByteBuffer.allocate(needle.head().recordBytes());
    pieces.forEach(bytes::put);
    needle.release();
    return bytes.array();
  }

  @Test
  void aReadThatFailsSaysWhereAndGivesItsBuffersBack() {
    byte[] needle = needleWithLongMeta();
    for (int failing = 1; failing <= 3; failing++) { // front, the whole front, blocks
      PooledByteBufAllocator allocator = new PooledByteBufAllocator(true, 1, 1, 8192, 3, 0, 0, false);
      var reader = new NeedleReader(new FailingFile(needle, failing, new IllegalStateException()), "7.dat", SUPERBLOCK,
          allocator);
      IOException fault = assertThrows(IOException.class, () -> reader.read(ID, 0, needle.length, 0, 10));
      assertEquals("7.dat at 0: cannot be read"
          + (failing < 3 ? "" : " at " + NeedleHead.dataOffset(20_000, 300_000)) + ": simulated EIO",
          fault.getMessage());
      assertEquals(0, allocator.pinnedDirectMemory(), "read " + failing);
    }
  }

  @Test
  void aReadAndAScanTellTheSameDamageInTheSameWords() throws IOException {
    int dataAt = NeedleHead.dataOffset(20_000, 300_000);
    int inBlock2 = dataAt + 2 * NeedleHead.BLOCK_BYTES + 5;
    for (int at : List.of(20, NeedleHead.BYTES + 7, inBlock2)) {
      byte[] needle = needleWithLongMeta();
      needle[at] ^= 1;
      var file = new FailingFile(needle, 0, new IllegalStateException());
      var reader = new NeedleReader(file, "7.dat", SUPERBLOCK, ByteBufAllocator.DEFAULT);
      IOException fault = assertThrows(IOException.class, () -> reader.read(ID, 0, needle.length, 0, 300_000));
      assertEquals(List.of(String.valueOf(fault.getMessage())), damages(file, needle.length));
      if (at == inBlock2) {
        assertTrue(String.valueOf(fault.getMessage()).startsWith("7.dat at 0: checksum of block 2 (at "
            + (dataAt + 2 * NeedleHead.BLOCK_BYTES) + ") of needle 0x9 expected 0x"), fault.getMessage());
      }
    }
  }

  private static List<String> damages(DiskFile file, int bytes) throws IOException {
    List<String> found = new ArrayList<>();
    new NeedleScanner(file, "7.dat", SUPERBLOCK, bytes, NeedleScanner.Depth.DATA).scan(0, new NeedleScanner.Visitor() {
      @Override
      public void needle(NeedleHead head, long offset, ByteBuffer meta) {}

      @Override
      public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
        found.add(what);
      }
    });
    return found;
  }

  @Test
  void aBugInACachedReadIsShownAsItIsAndItsBuffersAreGivenBack() {
    byte[] needle = needleWithLongMeta();
    for (int failing = 1; failing <= 3; failing++) {
      PooledByteBufAllocator allocator = new PooledByteBufAllocator(true, 1, 1, 8192, 3, 0, 0, false);
      var bug = new IllegalStateException("a bug");
      var reader = new NeedleReader(new FailingFile(needle, failing, bug), "7.dat", SUPERBLOCK, allocator);
      assertSame(bug,
          assertThrows(IllegalStateException.class, () -> reader.readCached(ID, 0, needle.length, 0, 10)));
      assertEquals(0, allocator.pinnedDirectMemory(), "read " + failing);
    }
  }

  @Test
  void aFrontThatNeedsTwoReadsIsReadWhole() throws IOException {
    byte[] needle = needleWithLongMeta();
    var reader = new NeedleReader(new FailingFile(needle, 0, new IllegalStateException()), "7.dat", SUPERBLOCK,
        ByteBufAllocator.DEFAULT);
    ByteBuf meta = reader.readFront(9, 0, needle.length).meta();
    assertEquals(20_000, meta.readableBytes());
    meta.release();
  }
}
