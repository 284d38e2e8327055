package hayloft.common.directory;

/// Which levels of formats a program has to do with, the one place that says so. Immutable.
///
/// A store has one level, `formatVersion` in the `hayloft.json` of each of its directories ([Marker]). Nothing of a
/// newer level is written before all of them say it: whoever has a format of a newer level to write asks
/// [StoreDirectories#level] which one it is to be.
///
/// @param unasked what a new store is made of, and what an older one is raised to when it is opened
/// @param newest what a store is raised to by an administrator's command; a store of a level above it is refused
public record KnownLevels(int unasked, int newest) {

  /// What this program knows. A new level is `newest` alone, at first and for good, since older programs refuse a store
  /// that was raised.
  public static final KnownLevels PRESENT = new KnownLevels(2, 2);

  public KnownLevels {
    if (unasked < 1 || newest < unasked) {
      throw new IllegalArgumentException("a program that writes level " + unasked + " knows it, got " + newest);
    }
  }
}
