package hayloft.common.metrics;

import hayloft.common.memory.BufferMemory;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.function.LongSupplier;

/// Memory against its budgets: each part of it that has a bound. Thread-safe.
public final class MemoryFigures implements FigureSource {

  private static final Figure USED = Figure.gauge("hayloft_memory_used_bytes",
      "Memory in use, by budget: `heap`; `buffers`, what network buffers took from the system; `catalog`, RocksDB's "
          + "block cache with the write buffers charged to it.",
      "budget");
  private static final Figure BUDGET = Figure.gauge("hayloft_memory_budget_bytes",
      "The bound of that memory.", "budget");
  private static final Figure PINNED = Figure.gauge("hayloft_buffers_pinned_bytes",
      "Network buffers that are handed out just now; the rest of what was taken lies ready.");
  private static final Figure LEVEL = Figure.gauge("hayloft_buffers_level",
      "How full the memory for bodies and answers is: 0 ample, 1 scarce (smaller pieces), 2 short (no further large "
          + "bodies), 3 exhausted (requests are refused).");

  private final BufferMemory buffers;
  private final LongSupplier catalogBytes;
  private final long catalogBudgetBytes;

  public MemoryFigures(BufferMemory buffers, LongSupplier catalogBytes, long catalogBudgetBytes) {
    this.buffers = buffers;
    this.catalogBytes = catalogBytes;
    this.catalogBudgetBytes = catalogBudgetBytes;
  }

  @Override
  public void tell(Figures into) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    into.number(USED, heap.getUsed(), "heap");
    into.number(BUDGET, heap.getMax(), "heap");
    into.number(USED, Math.max(0, PlatformDependent.usedDirectMemory()), "buffers");
    into.number(BUDGET, PlatformDependent.maxDirectMemory(), "buffers");
    into.number(USED, catalogBytes.getAsLong(), "catalog");
    into.number(BUDGET, catalogBudgetBytes, "catalog");
    into.number(PINNED, PooledByteBufAllocator.DEFAULT.pinnedDirectMemory());
    into.number(LEVEL, buffers.level().ordinal());
  }
}
