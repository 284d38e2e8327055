package hayloft.volume.store;

import java.util.concurrent.atomic.LongAdder;

/// What readers of a store have been given since it was opened. Thread-safe.
final class ReadCounters {
  final LongAdder fromMemory = new LongAdder();
  final LongAdder fromDisk = new LongAdder();
  final LongAdder damaged = new LongAdder();
}
