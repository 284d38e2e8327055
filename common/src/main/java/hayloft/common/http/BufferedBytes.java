package hayloft.common.http;

import hayloft.common.memory.BufferMemory;
import java.util.concurrent.atomic.AtomicLong;

/// How many bytes wait somewhere, over all connections of a server, and how many may; what is left of the memory of the
/// whole process counts as well. Thread-safe.
final class BufferedBytes {

  private final long budgetBytes;
  private final BufferMemory memory;
  private final AtomicLong buffered = new AtomicLong();

  BufferedBytes(long budgetBytes, BufferMemory memory) {
    this.budgetBytes = budgetBytes;
    this.memory = memory;
  }

  void add(long bytes) {
    buffered.addAndGet(bytes);
  }

  /// More than half of the budget is used: time to be modest.
  boolean isScarce() {
    return buffered.get() > budgetBytes / 2 || memory.isAtLeast(BufferMemory.Level.SCARCE);
  }

  /// The whole budget is used, whatever the memory of the process.
  boolean isOverBudget() {
    return buffered.get() > budgetBytes;
  }

  long budgetBytes() {
    return budgetBytes;
  }

  /// The whole budget is used, or the memory of the process is short: time to take nothing more in.
  boolean isShort() {
    return buffered.get() > budgetBytes || memory.isAtLeast(BufferMemory.Level.SHORT);
  }

  /// The whole budget is used: time to refuse.
  boolean isExhausted() {
    return buffered.get() > budgetBytes || memory.isAtLeast(BufferMemory.Level.EXHAUSTED);
  }

  long get() {
    return buffered.get();
  }
}
