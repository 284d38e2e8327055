package hayloft.volume.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Does who sees a key see its place? Lincheck runs a writer and readers at a time on the machine's own cores (stress):
/// for its model checker, which [NeedleMapLincheckTest] uses, accesses of a mapped file are no points to switch threads
/// at.
///
/// Seen to fail: when [SlotTable#put] writes a slot's key before its place. `-Dhayloft.lincheck.iterations=1000` tries
/// longer.
@Tag("lincheck")
public class SlotTableLincheckTest {
  private static final int ITERATIONS = Integer.getInteger("hayloft.lincheck.iterations", 3);
  private static final int INVOCATIONS = 1000;
  private static final int KEYS = 100;

  private final SlotTable table = new SlotTable("table", Arena.ofAuto(),
      MemorySegment.ofArray(new long[(int) SlotTable.fileBytes(1) / Long.BYTES]), false);

  @Operation(nonParallelGroup = "writer")
  public void put() throws DamagedMapException {
    for (long key = 1; key <= KEYS; key++) {
      table.put(key, key);
    }
  }

  /// Always 0, if nothing happens at a time; so it must be whatever does.
  @Operation
  public int keysWithoutTheirPlace() throws DamagedMapException {
    int without = 0;
    for (long key = 1; key <= KEYS; key++) {
      long place = table.find(key);
      if (place != key && place != SlotTable.ABSENT) {
        without++;
      }
    }
    return without;
  }

  @Test
  void whoSeesAKeySeesItsPlace() {
    new StressOptions().threads(2).actorsPerThread(2).actorsBefore(0).actorsAfter(0).iterations(ITERATIONS)
        .invocationsPerIteration(INVOCATIONS).check(SlotTableLincheckTest.class);
  }
}
