package hayloft.filer;

/// The answer to [Catalog#find].
public sealed interface Lookup {
  record Found(ObjectVersion version) implements Lookup {}

  /// @param latest true if it is the key's newest version
  record DeleteMarker(String versionId, java.time.Instant modified, boolean latest) implements Lookup {}

  record Absent() implements Lookup {}
}
