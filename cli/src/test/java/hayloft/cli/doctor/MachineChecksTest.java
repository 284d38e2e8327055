package hayloft.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is said of machines that are made up.
final class MachineChecksTest {

  @TempDir
  Path root;

  private MachineChecks machine(String... filesAndTexts) throws IOException {
    for (int i = 0; i < filesAndTexts.length; i += 2) {
      Path file = root.resolve(filesAndTexts[i]);
      Files.createDirectories(file.getParent());
      Files.writeString(file, filesAndTexts[i + 1]);
    }
    return new MachineChecks(root, Map.of());
  }

  @Test
  void hugePagesEverywhereCostMemory() throws IOException {
    String file = "sys/kernel/mm/transparent_hugepage/enabled";
    assertEquals(Finding.Level.WARNING, machine(file, "[always] madvise never\n").hugePages().level());
    assertEquals(Finding.Level.GOOD, machine(file, "always [madvise] never\n").hugePages().level());
    Files.delete(root.resolve(file));
    assertEquals(Finding.Level.NOTE, machine().hugePages().level());
  }

  @ParameterizedTest
  @CsvSource({"1024, 4096, WARNING", "1024, 524288, GOOD", "unlimited, unlimited, GOOD"})
  void theHardLimitOfOpenFilesCounts(String soft, String hard, Finding.Level level) throws IOException {
    Finding finding = machine("proc/self/limits", "Limit                     Soft Limit  Hard Limit  Units\n"
        + "Max open files            " + soft + "                 " + hard + "               files\n").openFiles();
    assertEquals(level, finding.level(), finding.found());
  }

  @Test
  void theLimitOfTheControlGroupIsTheMemoryThereIs() throws IOException {
    String memory = "MemTotal:       16384000 kB\n";
    assertEquals(Finding.Level.GOOD, machine("proc/meminfo", memory).memory().level());
    assertEquals(Finding.Level.WARNING, machine("sys/fs/cgroup/memory.max", "268435456\n").memory().level());
    assertEquals(Finding.Level.GOOD, machine("sys/fs/cgroup/memory.max", "max\n").memory().level());
  }

  @Test
  void swapMattersIfTheKernelLikesToUseIt() throws IOException {
    String area = "Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n";
    assertEquals(Finding.Level.WARNING, machine("proc/swaps", area, "proc/sys/vm/swappiness", "60\n").swap().level());
    assertEquals(Finding.Level.GOOD, machine("proc/sys/vm/swappiness", "1\n").swap().level());
  }

  @Test
  void aClockThatNothingKeepsIsTold() {
    assertEquals(Finding.Level.WARNING, MachineChecks.clock(OptionalLong.empty()).level());
    assertEquals(Finding.Level.WARNING, MachineChecks.clock(OptionalLong.of(16_000_000)).level());
    assertEquals(Finding.Level.GOOD, MachineChecks.clock(OptionalLong.of(3_000)).level());
  }

  @Test
  void everythingOfThisMachineCanBeLookedAt() throws IOException {
    List<Finding> findings = new MachineChecks(Path.of("/"), Map.of()).all();
    assertEquals(8, findings.size());
    assertTrue(Native.inodes(root).isPresent() || !System.getProperty("os.name").equals("Linux"));
  }

  @ParameterizedTest
  @CsvSource({"ext4, rw, GOOD", "xfs, rw, GOOD", "ext4, 'rw,nobarrier', FAULT", "ext4, ro, FAULT", "tmpfs, rw, FAULT",
      "overlay, rw, FAULT", "nfs4, rw, WARNING", "fuse.sshfs, rw, WARNING", "zfs, rw, NOTE", "xfs, 'rw,sync', WARNING"})
  void fileSystemsAreJudged(String type, String options, Finding.Level level) {
    var mounts = new Mounts(List.of("1 0 8:1 / / rw - ext4 /dev/sda1 rw",
        "2 1 8:2 / /srv/my\\040hay " + options + " shared:1 - " + type + " /dev/sdb1 " + options));
    Mounts.Mount mount = mounts.of(Path.of("/srv/my hay/data")).orElseThrow();
    Finding finding = FileSystemJudge.judge("data", mount);
    assertEquals(level, finding.level(), finding.found());
    assertEquals(level.compareTo(Finding.Level.WARNING) >= 0, !finding.fix().isEmpty(), "a fix for what needs one");
    assertEquals("ext4", mounts.of(Path.of("/srv/other")).orElseThrow().type());
  }

  @ParameterizedTest
  @CsvSource({"5, WARNING", "150, GOOD", "9000, GOOD", "30000, WARNING"})
  void syncsAreJudgedByTheirMedian(double micros, Finding.Level level) {
    assertEquals(level, SyncProbe.judge("sync", new double[]{micros, micros, micros * 100}).level());
  }

  @Test
  void theSyncProbeLeavesNothing() throws IOException {
    assertTrue(SyncProbe.probe("sync", root).found().contains("fdatasync of 4 KiB"));
    try (Stream<Path> left = Files.list(root)) {
      assertFalse(left.findAny().isPresent());
    }
  }

  @Test
  void aDiskThatTheServerHasSeenFailIsAFault() throws IOException {
    var json = new ObjectMapper();
    assertEquals(Finding.Level.FAULT,
        ServerChecks.disk(json.readTree("{\"dir\":\"a\",\"failures\":1,\"writable\":true}")).level());
    assertEquals(Finding.Level.WARNING,
        ServerChecks.disk(json.readTree("{\"dir\":\"a\",\"failures\":0,\"writable\":false}")).level());
    assertEquals(Finding.Level.GOOD,
        ServerChecks.disk(json.readTree("{\"dir\":\"a\",\"failures\":0,\"writable\":true}")).level());
  }
}
