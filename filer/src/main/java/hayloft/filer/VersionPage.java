package hayloft.filer;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Versions and delete markers in key order, newest first within a key.
///
/// @param next position for the next page; empty at the end
public record VersionPage(List<Entry> entries, List<String> commonPrefixes, Optional<Next> next) {

  /// One version or delete marker.
  public sealed interface Entry {
    boolean latest();

    String key();

    /// By which the catalog tells two states of one key apart, even if both have the version id `null`.
    long sequence();

    String versionId();

    Instant modified();

    record Version(ListedVersion version, boolean latest) implements Entry {
      @Override
      public String key() {
        return version.key();
      }

      @Override
      public long sequence() {
        return version.sequence();
      }

      @Override
      public String versionId() {
        return version.versionId();
      }

      @Override
      public Instant modified() {
        return version.modified();
      }
    }

    record Marker(String key, long sequence, String versionId, Instant modified, String ownerId,
        boolean latest) implements Entry {}
  }

  /// @param versionId empty if the page ended with a common prefix
  public record Next(String key, Optional<String> versionId) {}
}
