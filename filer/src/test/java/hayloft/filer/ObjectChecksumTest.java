package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

final class ObjectChecksumTest {

  private static final byte[] RAW = {0, 1, 2, (byte) 0xff};

  @Test
  void rawBytesAndTheirTextAreOneChecksum() {
    ObjectChecksum raw = ObjectChecksum.ofWhole(ChecksumAlgorithm.CRC32, RAW);
    ObjectChecksum text = new ObjectChecksum(ChecksumAlgorithm.CRC32, "AAEC/w==", false);
    assertEquals("AAEC/w==", raw.base64());
    assertEquals(text, raw);
    assertEquals(text.hashCode(), raw.hashCode());
  }

  @Test
  void partsAlgorithmAndKindMakeAnotherOne() {
    ObjectChecksum composite = ObjectChecksum.ofRaw(ChecksumAlgorithm.CRC32, RAW, 3, true);
    assertEquals(new ObjectChecksum(ChecksumAlgorithm.CRC32, "AAEC/w==-3", true), composite);
    assertNotEquals(composite, ObjectChecksum.ofRaw(ChecksumAlgorithm.CRC32, RAW, 3, false));
    assertNotEquals(composite, ObjectChecksum.ofRaw(ChecksumAlgorithm.CRC32, RAW, 4, true));
    assertNotEquals(composite, ObjectChecksum.ofRaw(ChecksumAlgorithm.CRC32C, RAW, 3, true));
  }
}
