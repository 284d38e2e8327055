package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.directory.SummedJson;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NewerFormatException;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class DescriptorTest {
  private static final Descriptor SEALED = new Descriptor(
      new VolumeSpec(7, "photos", ReplicaPlacement.NONE, "ssd", 1 << 30), VolumeState.SEALED, new UUID(1, 2),
      0xfedcba9876543210L, 1_700_000_000_000L, 4096, true, 3, 32, 0, 0, 77, 8192, -5, List.of(8, 9), 2, true);

  /// As level 1 wrote it.
  private static final String VERSION_1 = """
      {
        "formatVersion" : 1,
        "volume" : 7,
        "collection" : "photos",
        "replication" : "000",
        "diskType" : "ssd",
        "limitBytes" : 1073741824,
        "state" : "WRITABLE",
        "storeId" : "00000000-0000-0001-0000-000000000002",
        "salt" : "fedcba9876543210",
        "createdMillis" : 1700000000000,
        "cutBytes" : -1,
        "deadLog" : true,
        "readOnly" : false
      }""";

  private static byte[] written() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    SEALED.write(disk);
    try (DiskFile file = disk.open("7.json")) {
      ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(content, 0);
      return content.array();
    }
  }

  private static Descriptor read(byte[] content) throws IOException {
    Disk disk = new SimulatedDisk(new Random(1));
    try (DiskFile file = disk.open("7.json")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(content)}, 0);
    }
    return Descriptor.read(disk, "7.json");
  }

  @Test
  void isReadAsItWasWritten() throws IOException {
    assertEquals(SEALED, read(written()));
  }

  @Test
  void version1IsStillRead() throws IOException {
    Descriptor old = read(VERSION_1.getBytes(StandardCharsets.UTF_8));
    assertEquals(new Descriptor(SEALED.spec(), VolumeState.WRITABLE, SEALED.storeId(), SEALED.salt(),
        SEALED.createdMillis(), -1, false, 0, 0, 0, 0, 0, 0, 0, List.of(), 1, true), old);
    assertEquals(64, old.superblock().firstNeedle());
    assertEquals(false, read(VERSION_1.replace("\"deadLog\" : true", "\"x\" : 0").getBytes(StandardCharsets.UTF_8))
        .legacyMarks(), "of the first versions");
  }

  @Test
  void aFlippedBitIsRefusedByNameAndWithWhatToDo() throws IOException {
    byte[] content = written();
    for (int bit = 0; bit < content.length * Byte.SIZE; bit++) {
      byte[] damaged = content.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      try {
        assertEquals(SEALED, read(damaged), "bit " + bit); // white space
      } catch (IOException e) {
        assertTrue(String.valueOf(e.getMessage()).contains("simulated/7.json"), e.getMessage());
        assertTrue(e instanceof NewerFormatException || String.valueOf(e.getMessage()).contains("volume.drop"),
            e.getMessage());
      }
    }
    for (int length = 0; length < content.length; length++) {
      byte[] cut = Arrays.copyOf(content, length);
      assertThrows(IOException.class, () -> read(cut), "length " + length);
    }
  }

  @Test
  void version1WithAMissingFieldIsRefusedByName() {
    IOException refused = assertThrows(IOException.class,
        () -> read(VERSION_1.replace("\"salt\"", "\"malt\"").getBytes(StandardCharsets.UTF_8)));
    assertTrue(String.valueOf(refused.getMessage()).contains("7.json") && String.valueOf(refused.getMessage())
        .contains("salt"), refused.getMessage());
  }

  @Test
  void aNewerOneIsNoDamage() throws IOException {
    for (String field : List.of("formatVersion", "features")) {
      ObjectNode json = (ObjectNode) new ObjectMapper().readTree(written());
      json.remove(SummedJson.SUM);
      json.put(field, 4);
      assertThrows(NewerFormatException.class, () -> read(SummedJson.write(json)));
    }
  }

  @Test
  void aDamagedSuperblockIsMadeAgainFromIt() {
    Superblock superblock = Superblock.first(7, new UUID(1, 2), SEALED.salt(), SEALED.createdMillis(), 32)
        .withNextGeneration(3, 0, 77, 0, 0).withSealed(8192, -5);
    assertEquals(superblock, SEALED.superblock());
    assertEquals(superblock, SEALED.withSuperblock(superblock).superblock());
    assertEquals(Superblock.ofLevelOne(7, 4, new UUID(1, 2), SEALED.salt(), SEALED.createdMillis(), 0),
        SEALED.withSuperblock(Superblock.ofLevelOne(7, 4, new UUID(1, 2), SEALED.salt(), SEALED.createdMillis(), 900))
            .superblock());
  }

  @Test
  void version2IsStillWrittenAsItWas() throws IOException {
    try (InputStream in = DescriptorTest.class.getResourceAsStream("descriptor-v2.json")) {
      assertNotNull(in);
      assertArrayEquals(in.readAllBytes(), written());
    }
  }
}
