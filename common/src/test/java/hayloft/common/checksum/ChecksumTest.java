package hayloft.common.checksum;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.Checksum;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.crt.checksums.CRC64NVME;

final class ChecksumTest {

  /// The check values of the CRC catalogue, RFC 1321 and FIPS 180 for the digits 1 to 9.
  @ParameterizedTest
  @CsvSource({"CRC32, cbf43926", "CRC32C, e3069283", "CRC64NVME, ae8b14860a799888",
      "MD5, 25f9e794323b453885f5181f1b624d0b", "SHA1, f7c3bc1d808e04732adf679965ccc34ca7ae3441",
      "SHA256, 15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
      "SHA512, d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274a"
          + "d27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"})
  void publishedCheckValues(DigestAlgorithm algorithm, String expected) {
    assertEquals(expected, HexFormat.of().formatHex(digest(algorithm, "123456789".getBytes(US_ASCII))));
    assertEquals(expected.length() / 2, algorithm.valueBytes());
  }

  /// What xxHash's own program checks itself with, at the ends of each of its ways through short and long input.
  /// [xsum_sanity_check.c](https://github.com/Cyan4973/xxHash/blob/dev/cli/xsum_sanity_check.c)
  @ParameterizedTest
  @CsvSource({"XXHASH64, 0, ef46db3751d8e999", "XXHASH64, 1, e934a84adb052768", "XXHASH64, 4, 9136a0dca57457ee",
      "XXHASH64, 14, 8282dcc4994e35c8", "XXHASH64, 222, b641ae8cb691c174", "XXHASH3, 0, 2d06800538d394c2",
      "XXHASH3, 1, c44bdff4074eecdb", "XXHASH3, 6, 27b56a84cd2d7325", "XXHASH3, 12, a713daf0dfbb77e7",
      "XXHASH3, 24, a3fe70bf9d3510eb", "XXHASH3, 48, 397da259ecba1f11", "XXHASH3, 80, bcdefbbb2c47c90a",
      "XXHASH3, 195, cd94217ee362ec3a", "XXHASH3, 403, cdeb804d65c6dea4", "XXHASH3, 512, 617e49599013cb6b",
      "XXHASH3, 2048, dd59e2c3a5f038e0", "XXHASH3, 2099, c6b9d9b3fc9ac765", "XXHASH3, 2240, 6e73a90539cf2948",
      "XXHASH3, 2367, cb37aeb9e5d361ed", "XXHASH128, 0, 99aa06d3014798d86001c324468d497f",
      "XXHASH128, 1, a6cd5e9392000f6ac44bdff4074eecdb", "XXHASH128, 6, 082afe0b8162d12a3e7039bdda43cfc6",
      "XXHASH128, 12, 6e3efd8fc7802b18061a192713f69ad9", "XXHASH128, 24, 0ce966e4678d37611e7044d28b1b901d",
      "XXHASH128, 48, a002ac4e5478227ef942219aed80f67b", "XXHASH128, 81, 4952f58181ab00425e8bafb9f95fb803",
      "XXHASH128, 222, 337e09641b948717f1aebd597cec6b3a", "XXHASH128, 403, 1b6de21e332dd73dcdeb804d65c6dea4",
      "XXHASH128, 512, 18d2d110dcc9bca1617e49599013cb6b", "XXHASH128, 2048, f736557fd47073a5dd59e2c3a5f038e0",
      "XXHASH128, 2240, ccb134fbfa7ce49d6e73a90539cf2948", "XXHASH128, 2367, e89c0f6ff369b427cb37aeb9e5d361ed"})
  void publishedValuesOfXxHash(DigestAlgorithm algorithm, int length, String expected) {
    byte[] bytes = new byte[length];
    long generator = 2_654_435_761L;
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (generator >>> 56);
      generator *= 0x9E37_79B1_85EB_CA8DL;
    }
    assertEquals(expected, HexFormat.of().formatHex(digest(algorithm, bytes)));
    assertEquals(expected.length() / 2, algorithm.valueBytes());
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void piecesOfAnyLengthGiveTheSameAsTheWhole(DigestAlgorithm algorithm) {
    for (long seed = 1; seed <= 40; seed++) {
      Random random = new Random(seed);
      byte[] bytes = new byte[random.nextInt(20_000)];
      random.nextBytes(bytes);
      Digest digest = algorithm.start();
      int most = 1 << random.nextInt(14);
      for (int at = 0; at < bytes.length;) {
        int count = Math.min(bytes.length - at, random.nextInt(most + 1));
        digest.update(bytes, at, count);
        at += count;
      }
      assertArrayEquals(digest(algorithm, bytes), digest.finish(), "seed " + seed);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void slicingEqualsBitByBit(long seed) {
    equalsBitByBit(Crc64Nvme::new, seed);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void theLibraryEqualsBitByBit(long seed) {
    assertTrue(CrcLibrary.load(), "not loaded from " + System.getProperty("java.library.path"));
    assertInstanceOf(CRC64NVME.class, CrcLibrary.startCrc64Nvme());
    equalsBitByBit(CrcLibrary::startCrc64Nvme, seed);
  }

  private static void equalsBitByBit(Supplier<Checksum> begin, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 260; i++) { // short ones, and those around a turn of all lanes and more
      int length = i < 200 ? i : random.nextInt(4 * Crc64Nvme.LANE_BYTES - 20, 13 * Crc64Nvme.LANE_BYTES);
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      long expected = -1L;
      for (byte b : bytes) {
        expected ^= b & 0xFF;
        for (int bit = 0; bit < 8; bit++) {
          expected = expected >>> 1 ^ ((expected & 1) != 0 ? Crc64Nvme.REFLECTED_POLYNOMIAL : 0);
        }
      }
      Checksum crc = begin.get();
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
