package hayloft.common.memory;

import hayloft.common.volume.StoreBusyException;

/// What one client makes the process keep: counted before it is kept, so that clients cannot keep more than there is.
/// Thread-safe.
public interface Claims {

  /// What can run out.
  enum Kind {
    /// Bytes of direct memory.
    BUFFERS,
    /// Bytes on the heap.
    HEAP
  }

  /// Without a bound: for tests, and for what is bounded elsewhere.
  Claims UNBOUNDED = new Claims() {
    @Override
    public void take(Kind kind, long bytes) {
      // as many as there are
    }

    @Override
    public void giveBack(Kind kind, long bytes) {
      // none were counted
    }
  };

  /// Counts bytes that are about to be kept. Waits a moment, if others have to make room.
  ///
  /// @throws StoreBusyException if there is no room for them; then nothing was counted
  void take(Kind kind, long bytes) throws StoreBusyException;

  /// The same without waiting: whoever waits in [#take] has a way of its own here.
  ///
  /// @return false if there is no room for them now; then nothing was counted
  default boolean takeNow(Kind kind, long bytes) {
    try {
      take(kind, bytes);
      return true;
    } catch (StoreBusyException _) { // the answer
      return false;
    }
  }

  void giveBack(Kind kind, long bytes);

  /// Whether most of what may be kept is: time to keep less of what can be kept elsewhere.
  default boolean isScarce() {
    return false;
  }
}
