package hayloft.filer.gc;

import java.time.Instant;

/// Up to where a killer counts. Immutable.
///
/// Its time matters for undo and for readers. Its sequence matters for recovery: a killer's needle that is marked dead is
/// not replayed any more, so its row must have survived by itself, or what it killed would be seen again. Hence nothing
/// counts that was applied after the store's last flush.
///
/// @param time killed later than this is kept
/// @param sequence everything up to it was applied before the store was flushed
record Cutoff(Instant time, long sequence) {

  boolean covers(Instant at, long killer) {
    return killer <= sequence && !at.isAfter(time);
  }
}
