package hayloft.common;

/// The order of mutations: 64 bits, an epoch in the high 20, a counter in the low 44.
///
/// Each filer that takes the catalog over gets a higher epoch, so the sequences of a former owner sort before its
/// successor's, and volumes can refuse a former owner's appends. Counter 0 is never issued. As numbers they compare
/// unsigned; epochs stay far below the sign bit (2^19), which [#of] checks, so a plain signed comparison is right too.
/// At 100,000 mutations a second the counter of one epoch lasts five and a half years.
public final class CommitSequence {

  private static final int COUNTER_BITS = 44;
  private static final long MAX_COUNTER = (1L << COUNTER_BITS) - 1;
  private static final long MAX_EPOCH = (1L << 19) - 1;

  private CommitSequence() {}

  /// @throws IllegalArgumentException if a part is out of range
  public static long of(long epoch, long counter) {
    if (epoch < 0 || epoch > MAX_EPOCH || counter < 0 || counter > MAX_COUNTER) {
      throw new IllegalArgumentException("no sequence has epoch " + epoch + " and counter " + counter);
    }
    return epoch << COUNTER_BITS | counter;
  }

  public static long epoch(long sequence) {
    return sequence >>> COUNTER_BITS;
  }

  public static long counter(long sequence) {
    return sequence & MAX_COUNTER;
  }

  /// For logs and tools: `epoch.counter`.
  public static String text(long sequence) {
    return epoch(sequence) + "." + counter(sequence);
  }
}
