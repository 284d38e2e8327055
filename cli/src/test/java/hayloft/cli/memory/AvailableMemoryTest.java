package hayloft.cli.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AvailableMemoryTest {

  private static final long MIB = 1 << 20;

  @TempDir
  private Path system = Path.of("");

  @BeforeEach
  void machine() throws IOException {
    file("proc/meminfo", "MemTotal:        2097152 kB\nMemFree:         1 kB\n");
  }

  private Path file(String path, String text) throws IOException {
    Path file = system.resolve(path);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private void version2(String root, String group) throws IOException {
    file("proc/self/mountinfo", "21 1 0:20 / /proc rw - proc proc rw\n"
        + "30 21 0:26 " + root + " /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw\n");
    file("proc/self/cgroup", "0::" + group + "\n");
  }

  private AvailableMemory read() {
    return AvailableMemory.read(system);
  }

  @Test
  void withoutControlGroupsItIsTheMachines() {
    assertEquals(new AvailableMemory(2048 * MIB, Optional.empty()), read());
  }

  @Test
  void aSystemThatSaysNothingCountsAsSmall() throws IOException {
    Files.delete(system.resolve("proc/meminfo"));
    assertEquals(1024 * MIB, read().bytes());
  }

  @Test
  void theProcesssOwnGroupSetsTheLimit() throws IOException {
    version2("/", "/system.slice/hayloft.service");
    Path limit = file("sys/fs/cgroup/system.slice/hayloft.service/memory.max", "536870912\n");
    assertEquals(new AvailableMemory(512 * MIB, Optional.of(limit)), read());
  }

  @Test
  void aLowerLimitOfAnOuterGroupCounts() throws IOException {
    version2("/", "/outer/inner");
    Path outer = file("sys/fs/cgroup/outer/memory.max", "314572800\n");
    file("sys/fs/cgroup/outer/inner/memory.max", "536870912\n");
    assertEquals(new AvailableMemory(300 * MIB, Optional.of(outer)), read());
  }

  @Test
  void whereTheKernelBeginsToSlowDownIsALimitToo() throws IOException {
    version2("/", "/a");
    file("sys/fs/cgroup/a/memory.max", "536870912\n");
    Path high = file("sys/fs/cgroup/a/memory.high", "419430400\n");
    assertEquals(new AvailableMemory(400 * MIB, Optional.of(high)), read());
  }

  @Test
  void noLimitIsNone() throws IOException {
    version2("/", "/a");
    file("sys/fs/cgroup/a/memory.max", "max\n");
    file("sys/fs/cgroup/memory.max", "max\n");
    assertTrue(read().limit().isEmpty());
  }

  @Test
  void aContainerWithAViewOfItsOwnSeesItsGroupAsTheRoot() throws IOException {
    version2("/", "/");
    Path limit = file("sys/fs/cgroup/memory.max", "536870912\n");
    assertEquals(Optional.of(limit), read().limit());
  }

  @Test
  void aContainerThatSeesTheHostsNamesFindsItsGroupAtTheMountPoint() throws IOException {
    version2("/docker/0123", "/docker/0123");
    Path limit = file("sys/fs/cgroup/memory.max", "536870912\n");
    assertEquals(Optional.of(limit), read().limit());
  }

  @Test
  void aGroupThatCannotBeSeenFromHereIsSoughtAtTheMountPoint() throws IOException {
    version2("/", "/../elsewhere");
    Path limit = file("sys/fs/cgroup/memory.max", "536870912\n");
    assertEquals(Optional.of(limit), read().limit());
  }

  @Test
  void version1HasItsOwnHierarchyForMemory() throws IOException {
    file("proc/self/mountinfo", "31 30 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
        + "34 30 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        + "42 30 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
    file("proc/self/cgroup", "4:memory:/box/a\n1:cpu:/other\n0::/\n");
    file("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("sys/fs/cgroup/memory/box/memory.limit_in_bytes", "9223372036854771712\n");
    Path limit = file("sys/fs/cgroup/memory/box/a/memory.limit_in_bytes", "268435456\n");
    assertEquals(new AvailableMemory(256 * MIB, Optional.of(limit)), read());
  }
}
