package hayloft.filer.gc;

import java.time.Instant;

/// Up to where a killer counts. Immutable.
///
/// Its age matters for undo and for readers, its sequence for recovery: nothing counts that was applied after the
/// store's last flush, or a crash would bring rows back whose needles are gone.
///
/// What a mutation says of its own time is as right as the clock was. So it counts as old enough as well if it was
/// there when the collector looked long enough ago ([AgeLine]): a clock that was ahead delays nothing for longer than
/// that.
///
/// @param time killed up to then is old enough
/// @param seenSequence everything up to it was seen that long ago
/// @param flushedSequence everything up to it was applied before the store was flushed
record Cutoff(Instant time, long seenSequence, long flushedSequence) {

  /// What is in a deleted bucket, once its deletion counts.
  static final Cutoff EVERYTHING = new Cutoff(Instant.MAX, Long.MAX_VALUE, Long.MAX_VALUE);

  boolean covers(Instant at, long killer) {
    return killer <= flushedSequence && (killer <= seenSequence || !at.isAfter(time));
  }
}
