package hayloft.filer;

import hayloft.filer.objects.VersionIds;
import java.util.Optional;

/// Which version of an object is meant.
public sealed interface VersionSelector {
  /// The newest one.
  record Latest() implements VersionSelector {}

  /// The one with this version id; `null` names the null version. An id that no version has finds nothing.
  record Exactly(String versionId) implements VersionSelector {}

  VersionSelector LATEST = new Latest();

  /// The version that an id names, there or not. Empty if it is no id that this store could have given out.
  static Optional<VersionSelector> ofId(String id) {
    return id.equals(VersionIds.NULL) || VersionIds.parse(id).isPresent()
        ? Optional.of(new Exactly(id))
        : Optional.empty();
  }
}
