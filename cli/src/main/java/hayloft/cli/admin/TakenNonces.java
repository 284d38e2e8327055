package hayloft.cli.admin;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Queue;
import java.util.Set;

/// Nonces of requests that were let in, kept for as long as such a request could be sent again. Thread-safe.
///
/// Only what an administrator has signed comes here, so strangers cannot fill it. When it is full nothing is taken
/// until the oldest may go.
final class TakenNonces {

  enum Outcome {
    TAKEN,
    SEEN_BEFORE,
    FULL
  }

  private record Entry(String nonce, Instant until) {}

  private final Duration kept;
  private final int most;
  private final Queue<Entry> oldestFirst = new ArrayDeque<>();
  private final Set<String> known = new HashSet<>();

  /// @param window how far a request's time may be from the server's, either way
  /// @param most that are kept at a time, 150 bytes each
  TakenNonces(Duration window, int most) {
    this.kept = window.multipliedBy(2); // one from a clock that is ahead stays valid for that long
    this.most = most;
  }

  synchronized Outcome take(String nonce, Instant now) {
    for (Entry oldest = oldestFirst.peek(); oldest != null && now.isAfter(oldest.until); oldest = oldestFirst.peek()) {
      known.remove(oldest.nonce);
      oldestFirst.remove();
    }
    if (known.contains(nonce)) {
      return Outcome.SEEN_BEFORE;
    }
    if (known.size() >= most) {
      return Outcome.FULL;
    }
    known.add(nonce);
    oldestFirst.add(new Entry(nonce, now.plus(kept)));
    return Outcome.TAKEN;
  }
}
