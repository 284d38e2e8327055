package hayloft.common.http;

import java.time.Duration;

/// Whether bytes move at the least rate that is asked of clients, [#BYTES_PER_SECOND].
///
/// Time is credit. A client begins with a time-out's worth; waiting uses it up, and each byte that moves adds as much
/// as it may take, up to a bound. So nothing at all ends it at the time-out, any lasting rate below the least one some
/// time later, and a steady client never. Confined to its owner.
final class LeastRate {

  static final long BYTES_PER_SECOND = 1 << 10;
  private static final long NANOS_PER_BYTE = 1_000_000_000 / BYTES_PER_SECOND;

  private long creditNanos;
  private long movedBytes; // in all, when last looked at
  private long lookedNanos;

  /// Waiting begins, or goes on after a time without it. What was left of the credit stays, and is at least the limit.
  void begin(long bytesInAll, Duration limit, long nowNanos) {
    creditNanos = Math.max(creditNanos, limit.toNanos());
    movedBytes = bytesInAll;
    lookedNanos = nowNanos;
  }

  /// What begins next begins with the limit alone.
  void forget() {
    creditNanos = 0;
  }

  /// To be asked several times a second.
  ///
  /// @param mostCredit how long it may go without a byte, whatever moved before
  boolean isKept(long bytesInAll, Duration mostCredit, long nowNanos) {
    long most = mostCredit.toNanos();
    long moved = Math.min(bytesInAll - movedBytes, most / NANOS_PER_BYTE + 1);
    creditNanos = Math.min(most, creditNanos - (nowNanos - lookedNanos) + moved * NANOS_PER_BYTE);
    movedBytes = bytesInAll;
    lookedNanos = nowNanos;
    return creditNanos > 0;
  }
}
