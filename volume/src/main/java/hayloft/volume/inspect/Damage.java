package hayloft.volume.inspect;

import hayloft.volume.needle.NeedleHead;
import org.jspecify.annotations.Nullable;

/// Something in a volume file that is not as it was written. Immutable.
///
/// @param key of the needle, told by its head or else by the index log; 0 if nobody knows
/// @param head if that much is good
/// @param what is wrong: file, offset, expected and found
public record Damage(long offset, long lengthBytes, long key, @Nullable NeedleHead head, Weight weight, String what) {

  /// What the damage costs.
  public enum Weight {
    /// It was synced once and nothing killed it: bytes that somebody may count on are lost.
    LOST,
    /// The needle was marked dead: compaction removes it.
    DEAD,
    /// Nothing says that it was ever synced: a write that a crash cut short, which nobody was told is there, or one
    /// that is under way right now. The next start of a server clears it away.
    TORN,
    /// The sums are right, and yet no server can have written it: no object is in it, but somebody has been at the
    /// file.
    STRAY
  }
}
