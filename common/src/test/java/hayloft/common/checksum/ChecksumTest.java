package hayloft.common.checksum;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChecksumTest {

  /// The check values of the CRC catalogue, RFC 1321 and FIPS 180 for the digits 1 to 9.
  @ParameterizedTest
  @CsvSource({"CRC32, cbf43926", "CRC32C, e3069283", "CRC64NVME, ae8b14860a799888",
      "MD5, 25f9e794323b453885f5181f1b624d0b", "SHA1, f7c3bc1d808e04732adf679965ccc34ca7ae3441",
      "SHA256, 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"})
  void publishedCheckValues(DigestAlgorithm algorithm, String expected) {
    assertEquals(expected, HexFormat.of().formatHex(digest(algorithm, "123456789".getBytes(US_ASCII))));
    assertEquals(expected.length() / 2, algorithm.valueBytes());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void slicingEqualsBitByBit(long seed) {
    Random random = new Random(seed);
    for (int length = 0; length < 200; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      long expected = -1L;
      for (byte b : bytes) {
        expected ^= b & 0xFF;
        for (int bit = 0; bit < 8; bit++) {
          expected = expected >>> 1 ^ ((expected & 1) != 0 ? Crc64Nvme.REFLECTED_POLYNOMIAL : 0);
        }
      }
      Crc64Nvme crc = new Crc64Nvme();
      int cut = length == 0 ? 0 : random.nextInt(length);
      crc.update(bytes, 0, cut);
      crc.update(bytes, cut, length - cut);
      assertEquals(~expected, crc.getValue(), "seed " + seed + " length " + length);
    }
  }

  @ParameterizedTest
  @EnumSource(CrcCombination.class)
  void crcsOfPartsCombine(CrcCombination combination) {
    DigestAlgorithm algorithm = DigestAlgorithm.valueOf(combination.name());
    Random random = new Random(11);
    for (int i = 0; i < 200; i++) {
      byte[] whole = new byte[random.nextInt(1, 5000)];
      random.nextBytes(whole);
      int cut = random.nextInt(whole.length + 1);
      long first = number(digest(algorithm, Arrays.copyOf(whole, cut)));
      long second = number(digest(algorithm, Arrays.copyOfRange(whole, cut, whole.length)));
      assertEquals(number(digest(algorithm, whole)), combination.combine(first, second, whole.length - cut));
    }
  }

  @Test
  void buffersOfAllKindsAreReadAlike() {
    byte[] bytes = new byte[100_000];
    new Random(5).nextBytes(bytes);
    ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
    ByteBuf composite = Unpooled.wrappedBuffer(Unpooled.copiedBuffer(bytes, 0, 33_333),
        Unpooled.directBuffer().writeBytes(bytes, 33_333, bytes.length - 33_333));
    int expected = (int) number(digest(DigestAlgorithm.CRC32C, bytes));
    for (ByteBuf buffer : List.of(direct, composite, Unpooled.wrappedBuffer(bytes))) {
      assertEquals(expected, Crc32c.of(buffer));
      Digest md5 = DigestAlgorithm.MD5.start();
      Digest crc = DigestAlgorithm.CRC32C.start();
      DigestPass pass = new DigestPass(List.of(md5, crc));
      pass.update(buffer.slice(0, 10));
      pass.update(buffer.slice(10, bytes.length - 10));
      assertArrayEquals(digest(DigestAlgorithm.MD5, bytes), md5.finish());
      assertEquals(expected, (int) number(crc.finish()));
      assertEquals(bytes.length, buffer.readableBytes());
      buffer.release();
    }
    assertEquals(0, Crc32c.of(Unpooled.EMPTY_BUFFER));
  }

  private static byte[] digest(DigestAlgorithm algorithm, byte[] bytes) {
    Digest digest = algorithm.start();
    digest.update(bytes, 0, bytes.length);
    return digest.finish();
  }

  private static long number(byte[] bigEndian) {
    long number = 0;
    for (byte b : bigEndian) {
      number = number << 8 | b & 0xFF;
    }
    return number;
  }
}
