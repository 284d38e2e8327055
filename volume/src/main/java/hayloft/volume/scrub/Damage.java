package hayloft.volume.scrub;

import java.time.Instant;

/// A live needle that cannot be read as it was written. Immutable.
///
/// @param offsetBytes where the volume's file has it
/// @param what the reader's words: file, offset, expected and found
public record Damage(int volume, long key, long offsetBytes, long lengthBytes, String what, Instant found) {
  public Damage {
    if (offsetBytes < 0 || lengthBytes < 0) {
      throw new IllegalArgumentException("damage of " + lengthBytes + " bytes at " + offsetBytes);
    }
  }
}
