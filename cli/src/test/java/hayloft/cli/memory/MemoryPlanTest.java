package hayloft.cli.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.body.BodyConfig;
import hayloft.filer.keystore.KeyStoreConfig;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MemoryPlanTest {

  private static final long MIB = 1 << 20;
  private static final Path FILE = Path.of("/sys/fs/cgroup/memory.max");

  private static AvailableMemory container(long mib) {
    return new AvailableMemory(mib * MIB, Optional.of(FILE));
  }

  private static AvailableMemory machine(long mib) {
    return new AvailableMemory(mib * MIB, Optional.empty());
  }

  private static MemoryPlan byItself(AvailableMemory available) {
    return MemoryPlan.of(OptionalLong.empty(), available);
  }

  @Test
  void halfAGibibyteIsDividedLikeThis() {
    assertEquals(new MemoryPlan(512 * MIB, "the limit in " + FILE, 130 * MIB, 128 * MIB, 156 * MIB, 65 * MIB, 68 * MIB,
        28 * MIB, 65 * MIB), byItself(container(512)));
  }

  @ParameterizedTest
  @ValueSource(longs = {256, 300, 511, 512, 1000, 2048, 5000, 16_384, 1 << 20})
  void thePartsAreTheWholeAndFitTheRooms(long mib) {
    MemoryPlan plan = byItself(container(mib));
    assertEquals(mib * MIB, plan.parts().stream().mapToLong(MemoryPlan.Part::bytes).sum());
    plan.parts().forEach(part -> assertTrue(part.bytes() >= 24 * MIB, part::toString));
    KeyStoreConfig.DEFAULTS.withMemory(plan.keyStoreBytes(), plan.writeBufferBytes());
    BodyConfig.DEFAULTS.withMemoryBytes(plan.bodyBytes());
    assertTrue(plan.bodyBytes() < plan.connectionBytes() && plan.connectionBytes() < plan.bufferBytes());
    assertTrue(plan.initialHeapBytes() <= plan.heapBytes());
  }

  @Test
  void onAMachineWithoutALimitHalfIsTakenUpToAGibibyte() {
    assertEquals(1024 * MIB, byItself(machine(24_000)).totalBytes());
    assertEquals(600 * MIB, byItself(machine(1200)).totalBytes());
    assertEquals(256 * MIB, byItself(machine(300)).totalBytes());
  }

  @Test
  void whatIsAskedForWins() {
    assertEquals(400 * MIB, MemoryPlan.of(OptionalLong.of(400 * MIB), container(512)).totalBytes());
    assertEquals(8192 * MIB, MemoryPlan.of(OptionalLong.of(8192 * MIB), machine(24_000)).totalBytes());
  }

  @Test
  void tooLittleAndTooMuchAreRefusedWithTheBounds() {
    refused("there is too little memory: 200 MiB, the limit in " + FILE + "; the server needs 256 MiB at least",
        OptionalLong.empty(), container(200));
    refused("--memory must be at least 256 MiB and no more than there is (512 MiB, the limit in " + FILE
        + "), got 1024 MiB", OptionalLong.of(1024 * MIB), container(512));
    refused("--memory must be at least 256 MiB and no more than there is (2048 MiB, all of this machine's), got 4096 B",
        OptionalLong.of(4096), machine(2048));
  }

  private static void refused(String expected, OptionalLong told, AvailableMemory available) {
    assertEquals(expected,
        assertThrows(IllegalArgumentException.class, () -> MemoryPlan.of(told, available)).getMessage());
  }

  @Test
  void theJvmIsToldItsParts() {
    assertEquals(List.of("-Xms" + 128 * MIB, "-Xmx" + 130 * MIB, "-XX:MaxDirectMemorySize=" + 156 * MIB),
        byItself(container(512)).jvmOptions());
  }

  @Test
  void theTableNamesEachPartAndItsBound() {
    var text = new StringWriter();
    var out = new PrintWriter(text);
    new MemoryTable(byItself(container(512))).print(out);
    out.flush();
    assertTrue(text.toString().startsWith("memory: 512 MiB (the limit in " + FILE + ")\n"), text.toString());
    for (MemoryPlan.Part part : byItself(container(512)).parts()) {
      assertTrue(text.toString().contains(String.format("%n%-10s  %6d MiB  ", part.name(), part.bytes() / MIB)),
          text.toString());
      assertTrue(text.toString().contains("when full: " + part.atTheBound()), text.toString());
    }
  }
}
