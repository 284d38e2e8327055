package hayloft.volume.index;

import hayloft.common.volume.Presence;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.LongGen;
import org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Do the map's readers, who take no lock, always see what a plain map would show at some moment of their look?
/// Lincheck tries the interleavings of one writer and a reader (model checking, up to sequential consistency): from
/// where the next put begins a larger table, and from where it moves the last slots over. Threads are switched at
/// accesses of fields, not at those of the mapped file: see [SlotTableLincheckTest] for these.
///
/// Seen to fail: when a larger table is in use before the full one is the previous one (`grow`), when the full one is
/// unmapped before it has ceased to be that (`moveSome`), and when a reader that has found a key in neither does not
/// look into the larger one again. `-Dhayloft.lincheck.iterations=100` tries as many other scenarios, of two random
/// steps each.
@Tag("lincheck")
class NeedleMapLincheckTest {
  private static final int ITERATIONS = Integer.getInteger("hayloft.lincheck.iterations", 0);
  private static final int INVOCATIONS = 100;
  private static final Superblock VOLUME = Superblock.first(7, new UUID(1, 2), 3, 4, 0).withNextGeneration(2, 0, 0, 0,
      0);
  private static final String FILE = "7.map";
  private static final long NEW = 1;
  /// Keys that are there at the beginning count from here.
  private static final long FIRST_KEY = 3;
  /// So many needles are a put less than what begins a larger table.
  private static final long ALMOST_GROWING = SlotTable.SLOTS_A_PAGE * 7 / 8;
  /// So many puts leave the last slots for the next one to move.
  private static final long PUTS_OF_A_MOVE = 1 + SlotTable.SLOTS_A_PAGE / NeedleMap.MOVED_PER_INSERT;
  /// A key that is there, in one of the slots that are moved last.
  private static final long LAST_MOVED = lastMoved();
  private static final int MOST_LOOPS = 10_000; // who probes slots is not stuck

  @Test
  void readersSeeWhatAPlainMapShowsWhileALargerTableBegins() throws NoSuchMethodException {
    check(Beginning.class);
  }

  @Test
  void readersSeeWhatAPlainMapShowsWhileTheFullTableEnds() throws NoSuchMethodException {
    check(Ending.class);
  }

  private static void check(Class<? extends Steps> steps) throws NoSuchMethodException {
    Actor put = step(steps, "put", NEW);
    new ModelCheckingOptions().threads(2).actorsPerThread(2).actorsBefore(0).actorsAfter(0).iterations(ITERATIONS)
        .addCustomScenario(scenario(put, step(steps, "presence", NEW)))
        .addCustomScenario(scenario(put, step(steps, "find", LAST_MOVED)))
        .invocationsPerIteration(INVOCATIONS).loopBound(MOST_LOOPS).loopIterationsBeforeThreadSwitch(MOST_LOOPS)
        .addGuarantee(
            ManagedStrategyGuaranteeKt.forClasses(SimulatedDisk.class.getName()).allMethods().treatAsAtomic())
        .sequentialSpecification(Plain.class).check(steps);
  }

  private static Actor step(Class<? extends Steps> steps, String name, long key) throws NoSuchMethodException {
    return new Actor(steps.getMethod(name, long.class), List.of(key));
  }

  private static ExecutionScenario scenario(Actor writer, Actor reader) {
    return new ExecutionScenario(List.of(), List.of(List.of(writer), List.of(reader)), List.of(), null);
  }

  private static long placeOf(long key) {
    return NeedlePlace.of(8 * key, 8);
  }

  private static long lastMoved() {
    try {
      SlotTable slots = new SlotTable(FILE, Arena.global(), Arena.global().allocate(SlotTable.fileBytes(1), Long.BYTES),
          false);
      for (long key = FIRST_KEY; key < FIRST_KEY + ALMOST_GROWING; key++) {
        slots.put(key, placeOf(key));
      }
      long slot = slots.capacity() - 1;
      while (slots.keyAt(slot) == 0) {
        slot--;
      }
      return slots.keyAt(slot);
    } catch (DamagedMapException e) {
      throw new AssertionError(e);
    }
  }

  /// A closed map of one page that is almost full, to be opened by each run.
  private static final class Prepared {
    private static final byte[] BYTES = fill();

    private static byte[] fill() {
      try {
        SimulatedDisk disk = new SimulatedDisk(new Random(1));
        NeedleMap map = NeedleMap.createWithSlots(disk, FILE, VOLUME, 1);
        for (long key = FIRST_KEY; key < FIRST_KEY + ALMOST_GROWING; key++) {
          map.put(key, placeOf(key), 0);
        }
        map.close(8, 0);
        return disk.map(FILE, SlotTable.fileBytes(1), Arena.global()).toArray(ValueLayout.JAVA_BYTE);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    static NeedleMap open() throws IOException {
      SimulatedDisk disk = new SimulatedDisk(new Random(1));
      disk.map(FILE, BYTES.length, Arena.global()).copyFrom(MemorySegment.ofArray(BYTES));
      return Objects.requireNonNull(NeedleMap.openClean(disk, FILE, VOLUME, 8, 0));
    }
  }

  @Param(name = "key", gen = LongGen.class, conf = "1:4")
  public abstract static class Steps {
    private final NeedleMap map;

    Steps(long puts) throws IOException {
      map = Prepared.open();
      for (long key = FIRST_KEY + ALMOST_GROWING; puts-- > 0; key++) {
        map.put(key, placeOf(key), 0);
      }
    }

    @Operation(nonParallelGroup = "writer")
    public void put(@Param(name = "key") long key) throws IOException {
      map.put(key, placeOf(key), 0);
    }

    @Operation(nonParallelGroup = "writer")
    public boolean remove(@Param(name = "key") long key) throws IOException {
      return map.remove(key);
    }

    @Operation
    public long find(@Param(name = "key") long key) throws IOException {
      return map.find(key).orElse(0);
    }

    @Operation
    public Presence presence(@Param(name = "key") long key) throws IOException {
      return map.presence(key);
    }
  }

  @Param(name = "key", gen = LongGen.class, conf = "1:4")
  public static final class Beginning extends Steps {
    public Beginning() throws IOException {
      super(0);
    }
  }

  @Param(name = "key", gen = LongGen.class, conf = "1:4")
  public static final class Ending extends Steps {
    public Ending() throws IOException {
      super(PUTS_OF_A_MOVE);
    }
  }

  public static final class Plain {
    private final Map<Long, Long> changed = new HashMap<>();

    public void put(long key) {
      changed.put(key, placeOf(key));
    }

    public boolean remove(long key) {
      boolean isThere = presence(key) == Presence.LIVE;
      changed.put(key, 0L);
      return isThere;
    }

    public long find(long key) {
      return changed.getOrDefault(key, key < FIRST_KEY ? 0 : placeOf(key));
    }

    public Presence presence(long key) {
      return find(key) != 0 ? Presence.LIVE : changed.containsKey(key) ? Presence.DEAD : Presence.GONE;
    }
  }
}
