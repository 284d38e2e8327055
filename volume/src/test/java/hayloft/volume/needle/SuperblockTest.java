package hayloft.volume.needle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

final class SuperblockTest {
  private static final Superblock OLD = Superblock.ofLevelOne(7, 3, new UUID(1, 2), 5, 6, 4096);
  private static final Superblock NEW = Superblock.first(7, new UUID(1, 2), 5, 6, 16)
      .withNextGeneration(4, 8192, 100, 200, 300).withSealed(9000, -77);

  private static Superblock decode(ByteBuffer bytes) throws IOException {
    return Superblock.decode(bytes, "7.dat");
  }

  private static void sum(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, length - 4));
    bytes.order(ByteOrder.LITTLE_ENDIAN).putInt(length - 4, (int) crc.getValue());
  }

  @Test
  void bothVersionsAreReadAsTheyWereWritten() throws IOException {
    assertEquals(OLD, decode(OLD.encode()));
    assertEquals(NEW, decode(NEW.encode()));
    assertEquals(64, OLD.firstNeedle());
    assertEquals(512, NEW.firstNeedle());
    ByteBuffer followed = ByteBuffer.allocate(600).put(OLD.encode());
    assertEquals(OLD, decode(followed.clear()), "needles stand where a newer one would have its fields");
  }

  @Test
  void aFlippedBitIsDamageWhereverItIs() {
    for (Superblock superblock : new Superblock[]{OLD, NEW}) {
      for (int bit = 0; bit < superblock.bytes() * Byte.SIZE; bit++) {
        ByteBuffer bytes = ByteBuffer.allocate(Superblock.MOST_BYTES).put(superblock.encode()).clear();
        bytes.put(bit / 8, (byte) (bytes.get(bit / 8) ^ 1 << bit % 8));
        assertThrows(CorruptNeedleException.class, () -> decode(bytes),
            "version " + superblock.version() + " bit " + bit);
      }
    }
  }

  @Test
  void aFileThatEndsWithinItIsDamaged() {
    for (int length = 0; length < 512; length++) {
      ByteBuffer bytes = NEW.encode().limit(length);
      assertThrows(CorruptNeedleException.class, () -> decode(bytes));
    }
  }

  @Test
  void aNewerVersionIsNoDamage() {
    for (int length : new int[]{64, 512}) {
      ByteBuffer bytes = NEW.encode().order(ByteOrder.LITTLE_ENDIAN).putInt(4, 3);
      sum(bytes, length);
      var refused = assertThrows(NewerFormatException.class, () -> decode(bytes));
      assertTrue(String.valueOf(refused.getMessage()).startsWith("7.dat: superblock of format version 3"),
          refused.getMessage());
    }
    ByteBuffer oldLayout = OLD.encode().order(ByteOrder.LITTLE_ENDIAN).putInt(4, 2);
    sum(oldLayout, 64);
    assertThrows(NewerFormatException.class, () -> decode(oldLayout), "whole, and yet not what version 2 is");
  }

  @Test
  void aFeatureThatIsNotKnownIsNoDamage() {
    ByteBuffer bytes = NEW.encode().order(ByteOrder.LITTLE_ENDIAN).putLong(56, 1L << 40);
    sum(bytes, 512);
    assertThrows(NewerFormatException.class, () -> decode(bytes));
  }

  @Test
  void aForeignFileIsNoSuperblock() {
    assertThrows(CorruptNeedleException.class, () -> decode(ByteBuffer.allocate(512)));
  }

  @Test
  void theNextGenerationIsOfTheNewVersionAndNotSealed() {
    Superblock next = OLD.withNextGeneration(4, 10, 1, 2, 3);
    assertEquals(Superblock.VERSION, next.version());
    assertEquals(0, NEW.withNextGeneration(5, 10, 1, 2, 3).sealedLength());
    assertThrows(IllegalStateException.class, () -> OLD.withSealed(1, 1), "it has no room for that");
  }

  @Test
  void aNeedleRightBehindADamagedOneTellsItsVersion() {
    ByteBuffer file = ByteBuffer.allocate(600);
    new NeedleHead(7, 1, 1, 1, NeedleKind.COMMIT, 0, 0, 0, false, Subject.NONE).encode(file.position(64), 5);
    assertTrue(Superblock.isFollowedAsInVersion1(file.clear(), 7, 5));
    assertFalse(Superblock.isFollowedAsInVersion1(file.clear(), 7, 6));
    assertFalse(Superblock.isFollowedAsInVersion1(NEW.encode(), 7, 5));
    assertFalse(Superblock.isFollowedAsInVersion1(ByteBuffer.allocate(64), 7, 5));
  }
}
