package hayloft.volume.needle;

/// 64 bits that stand for a volume file up to a length: a chain over the head sums of all its records in order, voids
/// included. Stateless.
///
/// A head's sum covers everything below it, so two files with the same chain at the same length are the same, and
/// whoever continues the chain needs to read heads only.
public final class RunningChecksum {
  private static final long FACTOR = 0xd6e8feb86659fd93L;
  private static final int TURN_BITS = 23;

  private RunningChecksum() {}

  /// Of a volume without needles.
  public static long begin(long salt) {
    return salt;
  }

  /// One record further.
  ///
  /// @param headCrc of that record, [NeedleHead#headCrc]
  public static long next(long running, int headCrc) {
    return mix(mix(Long.rotateLeft(running, TURN_BITS) ^ Integer.toUnsignedLong(headCrc)));
  }

  private static long mix(long bits) {
    long product = bits * FACTOR;
    return product ^ product >>> Integer.SIZE;
  }
}
