package hayloft.master.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.master.state.Command;
import hayloft.master.state.MasterState;
import hayloft.master.state.Outcome;
import hayloft.master.state.StateJson;
import hayloft.master.state.VolumeEntry;
import hayloft.master.state.VolumePurpose;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class CommandLogTest {

  private static LongStream seeds() {
    return LongStream.range(0, 300);
  }

  /// Nothing that was handed out is handed out again, whatever is killed when: restarts of a log on a disk that tears.
  @ParameterizedTest
  @MethodSource("seeds")
  void nothingIsHandedOutTwiceAcrossPowerCuts(long seed) throws IOException {
    var random = new Random(seed);
    int lastId = 0;
    long lastKey = 0;
    long lastEpoch = 0;
    MasterState acknowledged = new MasterState();
    var disk = new SimulatedLogFiles(random, random.nextInt(60));
    for (int life = 0; life < 8; life++) {
      try (var log = CommandLog.open(disk, 1 + random.nextInt(20), "simulated")) {
        assertTrue(log.state().highestVolumeId() >= acknowledged.highestVolumeId()
            && log.state().highestKey() >= acknowledged.highestKey() && log.state().epoch() >= acknowledged.epoch()
            && log.state().volumes().containsAll(acknowledged.volumes()), "seed " + seed + " forgot something");
        while (true) {
          Command command = anyCommand(random, log.state());
          Outcome outcome = log.commit(command);
          acknowledged = StateJson.readState(StateJson.write(log.state()));
          switch (outcome) {
            case Outcome.VolumeIdTaken(int id) -> {
              assertTrue(id > lastId, "seed " + seed + " repeated volume id " + id);
              lastId = id;
            }
            case Outcome.KeysTaken(long first, int count) -> {
              assertTrue(first > lastKey, "seed " + seed + " repeated key " + first);
              lastKey = first + count - 1;
            }
            case Outcome.EpochTaken(long epoch, long predecessor) -> {
              assertTrue(epoch > lastEpoch, "seed " + seed + " repeated epoch " + epoch);
              assertTrue(predecessor >= lastEpoch, "seed " + seed + " forgot epoch " + lastEpoch);
              lastEpoch = epoch;
            }
            case Outcome.Done _,Outcome.Refused _ -> {
              // changes nothing that is handed out
            }
          }
        }
      } catch (IOException e) {
        assertTrue(!(e instanceof DamagedLogException), "seed " + seed + ": " + e.getMessage());
      }
      disk = disk.afterPowerCut(random.nextInt(80));
    }
    System.out.println("seed " + seed + ": volume id " + lastId + ", key " + lastKey + ", epoch " + lastEpoch);
  }

  private static Command anyCommand(Random random, MasterState state) {
    return switch (random.nextInt(8)) {
      case 0 -> new Command.ReserveVolumeId();
      case 1 -> new Command.TakeEpoch(random.nextInt(3) == 0 ? state.epoch() + random.nextInt(5) : 0);
      case 2 -> new Command.RecordVolume(entry(state.highestVolumeId() + 1));
      case 3 ->
        new Command.MoveVolume(random.nextInt(20), random.nextBoolean() ? VolumeState.SEALED : VolumeState.RETIRED);
      case 4 -> new Command.ForgetVolume(1 + random.nextInt(20));
      default -> new Command.ReserveKeys(1 + random.nextInt(100));
    };
  }

  private static VolumeEntry entry(int id) {
    return new VolumeEntry(new VolumeSpec(id, "", ReplicaPlacement.NONE, "", 1 << 30), VolumePurpose.SMALL,
        VolumeState.WRITABLE, List.of("node"), Instant.EPOCH);
  }

  @Test
  void aReopenedLogIsWhereItWas(@TempDir Path directory) throws IOException {
    String before;
    try (var log = CommandLog.open(directory, 4)) {
      commitOneOfEach(log);
      before = StateJson.write(log.state()).toString();
    }
    try (var log = CommandLog.open(directory, 4)) {
      assertEquals(before, StateJson.write(log.state()).toString());
      assertEquals(new Outcome.VolumeIdTaken(18), log.commit(new Command.ReserveVolumeId()));
    }
  }

  private static void commitOneOfEach(CommandLog log) throws IOException {
    log.commit(new Command.RegisterNode(new NodeAddress("node", "127.0.0.1:8080", "example.test:80", "dc", "rack")));
    log.commit(new Command.RaiseFloors(16, 1L << 40));
    log.commit(new Command.ReserveVolumeId());
    log.commit(new Command.RecordVolume(entry(17)));
    log.commit(new Command.MoveVolume(17, VolumeState.SEALED));
    log.commit(new Command.ReserveKeys(10));
    log.commit(new Command.TakeEpoch(7));
  }

  @Test
  void aDamagedRecordBeforeAGoodOneRefusesToOpen() throws IOException {
    var disk = new SimulatedLogFiles(new Random(1), -1);
    try (var log = CommandLog.open(disk, 1000, "here")) {
      commitOneOfEach(log);
    }
    byte[] bytes = disk.bytes("log");
    bytes[30] ^= 1;
    disk.set("log", bytes);
    var refusal = assertThrows(DamagedLogException.class, () -> CommandLog.open(disk, 1000, "here"));
    assertTrue(refusal.toString().contains("byte 0 is damaged and good records follow"), refusal.toString());
    assertTrue(refusal.toString().contains("in here"), refusal.toString());
  }

  @Test
  void aMissingRecordRefusesToOpen() throws IOException {
    var disk = new SimulatedLogFiles(new Random(1), -1);
    try (var log = CommandLog.open(disk, 1000, "here")) {
      commitOneOfEach(log);
    }
    byte[] bytes = disk.bytes("log");
    int firstEnd = new String(bytes, StandardCharsets.US_ASCII).indexOf('\n') + 1;
    disk.set("log", Arrays.copyOfRange(bytes, firstEnd, bytes.length));
    assertThrows(DamagedLogException.class, () -> CommandLog.open(disk, 1000, "here"));
  }

  @Test
  void aDamagedSnapshotRefusesToOpen() throws IOException {
    var disk = new SimulatedLogFiles(new Random(1), -1);
    try (var log = CommandLog.open(disk, 2, "here")) {
      commitOneOfEach(log);
    }
    byte[] bytes = disk.bytes("snapshot");
    bytes[bytes.length / 2] ^= 1;
    disk.set("snapshot", bytes);
    assertThrows(DamagedLogException.class, () -> CommandLog.open(disk, 2, "here"));
  }

  @Test
  void anUnknownCommandIsNotSkipped() throws IOException {
    var disk = new SimulatedLogFiles(new Random(1), -1);
    var json = StateJson.write(new Command.ReserveVolumeId()).put("do", "split");
    disk.set("log", new LogRecord(1, json).line());
    assertThrows(DamagedLogException.class, () -> CommandLog.open(disk, 2, "here"));
  }

  @Test
  void theLogStaysShort(@TempDir Path directory) throws IOException {
    try (var log = CommandLog.open(directory, 100)) {
      for (int i = 0; i < 1000; i++) {
        log.commit(new Command.ReserveKeys(1));
      }
    }
    assertTrue(Files.size(directory.resolve("log")) < 100 * 100);
  }

  @Test
  void aFullDiskIsForgivenOnceThereIsSpace() throws IOException {
    var disk = new FullDisk();
    try (var log = CommandLog.open(disk, 100, "here")) {
      assertEquals(new Outcome.VolumeIdTaken(1), log.commit(new Command.ReserveVolumeId()));
      disk.full = true;
      assertThrows(IOException.class, () -> log.commit(new Command.ReserveVolumeId()));
      disk.full = false;
      assertEquals(new Outcome.VolumeIdTaken(2), log.commit(new Command.ReserveVolumeId()));
    }
    try (var log = CommandLog.open(disk, 100, "here")) {
      assertEquals(2, log.state().highestVolumeId());
    }
  }

  @Test
  void afterAFailedSyncNothingIsAcceptedAndARestartTells() throws IOException {
    var disk = new FullDisk();
    try (var log = CommandLog.open(disk, 100, "here")) {
      disk.failsToSync = true;
      assertThrows(IOException.class, () -> log.commit(new Command.ReserveVolumeId()));
      disk.failsToSync = false;
      assertTrue(log.isStopped());
      assertThrows(RestartNeededException.class, () -> log.commit(new Command.ReserveVolumeId()));
    }
    try (var log = CommandLog.open(disk, 100, "here")) {
      assertInstanceOf(Outcome.VolumeIdTaken.class, log.commit(new Command.ReserveVolumeId()));
    }
  }

  @Test
  void aSnapshotThatFindsNoSpaceIsTriedAgain() throws IOException {
    var disk = new FullDisk();
    try (var log = CommandLog.open(disk, 3, "here")) {
      disk.fullForSnapshots = true;
      for (int id = 1; id <= 7; id++) {
        assertEquals(new Outcome.VolumeIdTaken(id), log.commit(new Command.ReserveVolumeId()));
      }
      assertEquals(0, disk.disk.bytes("snapshot").length);
      disk.fullForSnapshots = false;
      log.commit(new Command.ReserveVolumeId());
      assertEquals(0, disk.disk.bytes("log").length, "folded");
    }
    try (var log = CommandLog.open(disk, 3, "here")) {
      assertEquals(new Outcome.VolumeIdTaken(9), log.commit(new Command.ReserveVolumeId()));
    }
  }

  @Test
  void aFullDiskOrAQuotaThatIsUsedUpIsToldApartFromABrokenDisk() throws IOException {
    var disk = new FullDisk();
    try (var log = CommandLog.open(disk, 100, "here")) {
      disk.full = true;
      assertThrows(DiskFullException.class, () -> log.commit(new Command.ReserveVolumeId()));
      disk.full = false;
      assertEquals(new Outcome.VolumeIdTaken(1), log.commit(new Command.ReserveVolumeId()));
    }
  }

  /// Writes half of what it is given when it is full.
  private static final class FullDisk implements LogFiles {
    private final SimulatedLogFiles disk = new SimulatedLogFiles(new Random(1), -1);
    private boolean full;
    private boolean fullForSnapshots;
    private boolean failsToSync;

    @Override
    public java.util.Optional<byte[]> read(String name) {
      return disk.read(name);
    }

    @Override
    public void replace(String name, byte[] bytes) throws IOException {
      if (full || fullForSnapshots) {
        throw new IOException("No space left on device");
      }
      disk.replace(name, bytes);
    }

    @Override
    public Appendable open(String name) throws IOException {
      var file = disk.open(name);
      return new Appendable() {
        @Override
        public byte[] read() throws IOException {
          return file.read();
        }

        @Override
        public void append(byte[] bytes) throws IOException {
          if (full) {
            file.append(Arrays.copyOf(bytes, bytes.length / 2));
            throw new IOException("No space left on device");
          }
          file.append(bytes);
        }

        @Override
        public void truncate(long sizeBytes) throws IOException {
          file.truncate(sizeBytes);
        }

        @Override
        public void force() throws IOException {
          if (failsToSync) {
            throw new IOException("Input/output error");
          }
          file.force();
        }

        @Override
        public void close() throws IOException {
          file.close();
        }
      };
    }
  }

  @Test
  void aLogHasOneOwnerAtATime(@TempDir Path directory) throws IOException {
    try (var log = CommandLog.open(directory, 100)) {
      log.commit(new Command.ReserveKeys(10));
      var refusal = assertThrows(IOException.class, () -> CommandLog.open(directory, 100));
      assertTrue(("" + refusal.getMessage()).contains(directory.resolve("log") + " is in use"), refusal.getMessage());
      log.commit(new Command.ReserveKeys(10));
    }
    try (var log = CommandLog.open(directory, 100)) {
      assertEquals(20, log.state().highestKey());
    }
  }
}
