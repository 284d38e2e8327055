package hayloft.s3.checksum;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.Part;
import hayloft.s3.TestChecksums;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class PartSumsTest {

  private final TestChecksums checksums = new TestChecksums();

  @ParameterizedTest
  @EnumSource(names = {"CRC32", "CRC32C", "CRC64NVME"})
  void theFullObjectSumIsThatOfTheBytes(ChecksumAlgorithm algorithm) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      List<Part> parts = new ArrayList<>();
      for (int number = 1; number <= 1 + random.nextInt(5); number++) {
        byte[] bytes = new byte[random.nextInt(3000)];
        random.nextBytes(bytes);
        whole.writeBytes(bytes);
        parts.add(part(number, algorithm, bytes));
      }
      assertEquals(new ObjectChecksum(algorithm, checksums.base64(algorithm, whole.toByteArray()), false),
          PartSums.join(checksums, algorithm, false, parts).orElseThrow(), () -> "seed " + seed);
    }
  }

  @ParameterizedTest
  @EnumSource(names = "CRC64NVME", mode = Mode.EXCLUDE)
  void theCompositeSumIsThatOfTheSums(ChecksumAlgorithm algorithm) {
    Part first = part(1, algorithm, "first".getBytes(StandardCharsets.UTF_8));
    Part second = part(2, algorithm, "second".getBytes(StandardCharsets.UTF_8));
    ByteArrayOutputStream sums = new ByteArrayOutputStream();
    for (Part part : List.of(first, second)) {
      sums.writeBytes(Base64.getDecoder().decode(part.checksum().orElseThrow().base64()));
    }
    assertEquals(new ObjectChecksum(algorithm, checksums.base64(algorithm, sums.toByteArray()) + "-2", true),
        PartSums.join(checksums, algorithm, true, List.of(first, second)).orElseThrow());
  }

  @Test
  void crc64NvmeOfTheTestStringIsTheKnownOne() {
    // check value of CRC-64/NVME in the catalogue of parametrised CRC algorithms: 0xae8b14860a799888
    assertEquals(Base64.getEncoder().encodeToString(
        new byte[]{(byte) 0xae, (byte) 0x8b, 0x14, (byte) 0x86, 0x0a, 0x79, (byte) 0x98, (byte) 0x88}),
        checksums.base64(ChecksumAlgorithm.CRC64NVME, "123456789".getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void aPartWithoutTheSumMakesNone() {
    Part with = part(1, ChecksumAlgorithm.CRC32, new byte[3]);
    Part without = new Part(2, 3, "e", Instant.EPOCH, Optional.empty());
    assertTrue(PartSums.join(checksums, ChecksumAlgorithm.CRC32, false, List.of(with, without)).isEmpty());
    assertTrue(PartSums.join(checksums, ChecksumAlgorithm.CRC32C, false, List.of(with)).isEmpty());
  }

  @Test
  void theDefaultSumComesFromWhatEachPartHas() {
    byte[] a = "first".getBytes(StandardCharsets.UTF_8);
    byte[] b = "second".getBytes(StandardCharsets.UTF_8);
    ObjectChecksum sum = new ObjectChecksum(ChecksumAlgorithm.CRC64NVME,
        checksums.base64(ChecksumAlgorithm.CRC64NVME, a), false);
    Part unnamed = new Part(1, a.length, "e", Instant.EPOCH, Optional.empty(), Optional.of(sum));
    Part otherwise = new Part(1, a.length, "e", Instant.EPOCH, part(1, ChecksumAlgorithm.CRC32, a).checksum(),
        Optional.of(sum));
    Part named = part(2, ChecksumAlgorithm.CRC64NVME, b);
    Optional<ObjectChecksum> whole = Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC64NVME,
        checksums.base64(ChecksumAlgorithm.CRC64NVME, "firstsecond".getBytes(StandardCharsets.UTF_8)), false));
    assertEquals(whole, PartSums.joinByDefault(checksums, List.of(unnamed, named)));
    assertEquals(whole, PartSums.joinByDefault(checksums, List.of(otherwise, named)));
    assertEquals(Optional.empty(),
        PartSums.joinByDefault(checksums, List.of(part(1, ChecksumAlgorithm.CRC32, a), named)));
  }

  private Part part(int number, ChecksumAlgorithm algorithm, byte[] bytes) {
    return new Part(number, bytes.length, "e", Instant.EPOCH,
        Optional.of(new ObjectChecksum(algorithm, checksums.base64(algorithm, bytes), false)));
  }
}
