package hayloft.common;

/// The order of mutations: 64 bits, an epoch in the high 24, a counter in the low 40.
///
/// Each filer that takes the catalog over gets a higher epoch, so the sequences of a former owner sort before its
/// successor's, and volumes can refuse a former owner's appends. Counter 0 is never issued. As numbers they compare
/// unsigned; epochs stay below the sign bit (2^23), which [#of] checks, so a plain signed comparison is right too.
/// At 100,000 mutations a second the counter of one epoch lasts four months; its owner then takes the next epoch while
/// it runs.
///
/// Stores of level 1 had 20 and 44 bits. Their sequences are read as they stand: what was epoch e is 16 e or, far into
/// its counter, one of the fifteen behind it, so order and version ids stay ([#ofLevelOne] is for numbers that are an
/// epoch alone).
public final class CommitSequence {

  private static final int COUNTER_BITS = 40;
  /// The last counter of an epoch.
  public static final long MAX_COUNTER = (1L << COUNTER_BITS) - 1;
  /// The last epoch: 23 bits, so that the sign stays clear.
  public static final long MAX_EPOCH = (1L << 23) - 1;
  private static final int LEVEL_ONE_FACTOR = 16;

  private CommitSequence() {}

  /// @throws IllegalArgumentException if a part is out of range
  public static long of(long epoch, long counter) {
    if (epoch < 0 || epoch > MAX_EPOCH || counter < 0 || counter > MAX_COUNTER) {
      throw new IllegalArgumentException("no sequence has epoch " + epoch + " and counter " + counter);
    }
    return epoch << COUNTER_BITS | counter;
  }

  /// Whether it may ever have been issued.
  public static boolean isPossible(long sequence) {
    return sequence >= 0;
  }

  public static long epoch(long sequence) {
    return sequence >>> COUNTER_BITS;
  }

  public static long counter(long sequence) {
    return sequence & MAX_COUNTER;
  }

  /// An epoch as a fence, a mark or the master's log of a level 1 store has it, as a number of today.
  public static long ofLevelOne(long epoch) {
    return Math.multiplyExact(epoch, LEVEL_ONE_FACTOR);
  }

  /// For logs and tools: `epoch.counter`.
  public static String text(long sequence) {
    return epoch(sequence) + "." + counter(sequence);
  }
}
