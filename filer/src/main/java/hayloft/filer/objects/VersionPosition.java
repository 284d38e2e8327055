package hayloft.filer.objects;

import java.util.Optional;
import java.util.OptionalLong;

/// Where within a key a page of versions ended. It leads to the same place when the version that it names is gone.
/// Immutable.
///
/// As text it is that version's id, unless a null version was passed: the id `null` says nothing of the place, and
/// whoever goes on must know that the null versions to come are hidden. Then it is an id that no version has; clients
/// hand it back as it is.
///
/// @param sequence of the last version that was listed
/// @param nullPassed a null version is at or above it
record VersionPosition(long sequence, boolean nullPassed) {

  String text() {
    return nullPassed ? VersionIds.mirrored(sequence) : VersionIds.of(sequence);
  }

  /// Empty if the text is neither a position nor a version's id.
  static Optional<VersionPosition> parse(String text) {
    OptionalLong behindNull = VersionIds.parseMirrored(text);
    if (behindNull.isPresent()) {
      return Optional.of(new VersionPosition(behindNull.getAsLong(), true));
    }
    OptionalLong sequence = VersionIds.parse(text);
    return sequence.isPresent() ? Optional.of(new VersionPosition(sequence.getAsLong(), false)) : Optional.empty();
  }
}
