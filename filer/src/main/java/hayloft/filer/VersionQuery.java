package hayloft.filer;

import hayloft.filer.objects.VersionIds;
import java.util.Optional;

/// A page of all versions and delete markers of a bucket.
///
/// @param afterKey where the last page ended
/// @param afterVersionId within that key; empty means "after all versions of the key"
public record VersionQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterVersionId,
    int limit) {

  /// Whether a page could have ended at this version.
  public static boolean isMarker(String versionId) {
    return versionId.equals(VersionIds.NULL) || VersionIds.isPosition(versionId);
  }
}
