package hayloft.common.http;

import java.util.concurrent.atomic.AtomicLong;

/// How many bytes of request bodies wait in queues, over all connections of a server. Above the budget every connection
/// keeps to a single piece, so that thousands of uploads at once slow down instead of filling the memory. Thread-safe.
final class QueuedBytes {

  private final long budgetBytes;
  private final AtomicLong queued = new AtomicLong();

  QueuedBytes(long budgetBytes) {
    this.budgetBytes = budgetBytes;
  }

  void add(long bytes) {
    queued.addAndGet(bytes);
  }

  boolean isScarce() {
    return queued.get() > budgetBytes;
  }

  long get() {
    return queued.get();
  }
}
