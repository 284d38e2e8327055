package hayloft.filer;

/// Which version of an object is meant.
public sealed interface VersionSelector {
  /// The newest one.
  record Latest() implements VersionSelector {}

  /// The one with this version id; `null` names the null version. An id that no version has finds nothing.
  record Exactly(String versionId) implements VersionSelector {}

  VersionSelector LATEST = new Latest();
}
