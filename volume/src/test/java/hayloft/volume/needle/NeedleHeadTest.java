package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class NeedleHeadTest {
  private static final long SALT = 0x1122334455667788L;
  private static final NeedleHead HEAD = new NeedleHead(7, 0x101, 1L << 40 | 1, 5, NeedleKind.BOOK, 5000, 70, 9, true,
      new Subject(63, 4095));

  private static ByteBuffer encoded(NeedleHead head) {
    ByteBuffer bytes = ByteBuffer.allocate(NeedleHead.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.encode(bytes, SALT);
    return bytes.flip();
  }

  /// What a program writes that knows more flags.
  static ByteBuffer withFlags(NeedleHead head, int flags, long salt) {
    ByteBuffer bytes = ByteBuffer.allocate(NeedleHead.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.encode(bytes, salt);
    bytes.putInt(28, flags);
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, salt));
    crc.update(bytes.slice(0, 44));
    return bytes.putInt(44, (int) crc.getValue()).clear();
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    for (Subject subject : new Subject[]{Subject.NONE, new Subject(0, 1), new Subject(63, 4095), new Subject(4, 15)}) {
      for (NeedleKind kind : new NeedleKind[]{NeedleKind.COMMIT, NeedleKind.CHUNK, NeedleKind.BLOB, NeedleKind.BOOK}) {
        NeedleHead head = new NeedleHead(7, 1, 2, 3, kind, 5000, 70, 9, false, subject);
        assertEquals(head, NeedleHead.decode(encoded(head), SALT, "7.dat"));
        assertEquals(head.afterSync(), NeedleHead.decode(encoded(head.afterSync()), SALT, "7.dat"));
        assertEquals(encoded(head).getInt(44), head.headCrc(SALT));
      }
    }
  }

  @Test
  void aFlippedBitIsDamageWhereverItIs() {
    for (int bit = 0; bit < NeedleHead.BYTES * Byte.SIZE; bit++) {
      ByteBuffer bytes = encoded(HEAD);
      bytes.put(bit / 8, (byte) (bytes.get(bit / 8) ^ 1 << bit % 8));
      assertThrows(CorruptNeedleException.class, () -> NeedleHead.decode(bytes, SALT, "7.dat"), "bit " + bit);
    }
  }

  @Test
  void aKindOrBitOfANewerProgramIsNoDamage() throws IOException {
    for (int flags : new int[]{0, 6, 0xff, 1 | 1 << 9, 1 | 1 << 10, 1 | 1 << 11, 1 | 1 << 30, 1 | 1 << 31}) {
      assertThrows(NewerFormatException.class,
          () -> NeedleHead.decode(withFlags(HEAD, flags, SALT), SALT, "7.dat at 64"), "flags " + flags);
    }
    assertEquals(Subject.NONE, NeedleHead.decode(withFlags(HEAD, 0x101, SALT), SALT, "7.dat").subject(), "of level 1");
  }

  @Test
  void aSubjectLiesWithinTheMeta() {
    assertThrows(IllegalArgumentException.class,
        () -> new NeedleHead(7, 1, 2, 3, NeedleKind.COMMIT, 10, 0, 0, false, new Subject(4, 7)));
  }

  @Test
  void theSubjectIsWhatIsHashed() {
    ByteBuffer meta = ByteBuffer.wrap("....bucket/key....".getBytes(StandardCharsets.UTF_8));
    NeedleHead head = new NeedleHead(7, 1, 2, 3, NeedleKind.COMMIT, 18, 0, 0, false, new Subject(4, 10));
    assertEquals(SubjectHash.of(ByteBuffer.wrap("bucket/key".getBytes(StandardCharsets.UTF_8))),
        NeedleScanner.subjectHash(head, meta));
    NeedleHead silent = new NeedleHead(7, 1, 2, 3, NeedleKind.COMMIT, 18, 0, 0, false, Subject.NONE);
    assertEquals(SubjectHash.NONE, NeedleScanner.subjectHash(silent, meta));
  }

  @Test
  void aVoidCoversItsStretch() throws IOException {
    for (long bytes : new long[]{48, 56, 64 << 10, 80L << 20}) {
      NeedleHead head = NeedleHead.voidOf(7, bytes);
      assertEquals(bytes, head.recordBytes());
      assertEquals(head, NeedleHead.decode(encoded(head), SALT, "7.dat"));
    }
    assertThrows(IllegalArgumentException.class, () -> NeedleHead.voidOf(7, 40));
    assertThrows(IllegalArgumentException.class, () -> NeedleHead.voidOf(7, 50));
  }

  @Test
  void theRunningChecksumIsAChain() {
    long begin = RunningChecksum.begin(SALT);
    assertEquals(SALT, begin);
    long one = RunningChecksum.next(begin, 0xdeadbeef);
    assertEquals(chain(SALT, 0xdeadbeef), one);
    assertNotEquals(RunningChecksum.next(one, 1), RunningChecksum.next(RunningChecksum.next(begin, 1), 0xdeadbeef),
        "the order counts");
    assertNotEquals(begin, RunningChecksum.next(begin, 0));
    assertTrue(one != RunningChecksum.next(begin, 0xdeadbeee));
  }

  /// As docs/formats.md tells it.
  private static long chain(long running, int headCrc) {
    long x = Long.rotateLeft(running, 23) ^ headCrc & 0xffff_ffffL;
    x *= 0xd6e8feb86659fd93L;
    x ^= x >>> 32;
    x *= 0xd6e8feb86659fd93L;
    x ^= x >>> 32;
    return x;
  }
}
