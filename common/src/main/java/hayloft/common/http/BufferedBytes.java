package hayloft.common.http;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes wait somewhere, over all connections of a server, and how many may. Thread-safe.
final class BufferedBytes {

  private final long budgetBytes;
  private final AtomicLong buffered = new AtomicLong();

  BufferedBytes(long budgetBytes) {
    this.budgetBytes = budgetBytes;
  }

  void add(long bytes) {
    buffered.addAndGet(bytes);
  }

  /// More than half of the budget is used: time to be modest.
  boolean isScarce() {
    return buffered.get() > budgetBytes / 2;
  }

  /// The whole budget is used: time to refuse.
  boolean isExhausted() {
    return buffered.get() > budgetBytes;
  }

  long get() {
    return buffered.get();
  }
}
