package hayloft.volume.compaction;

import java.io.IOException;

/// The disk does not give a live needle that a compaction has to copy; it may another time. The message says which, and
/// where it lies.
public final class UnreadableNeedleException extends IOException {

  private static final long serialVersionUID = 1L;

  UnreadableNeedleException(String message) {
    super(message);
  }
}
