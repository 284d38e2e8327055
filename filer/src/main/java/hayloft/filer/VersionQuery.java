package hayloft.filer;

import hayloft.common.memory.PageRoom;
import hayloft.filer.objects.VersionIds;
import java.util.Optional;

/// A page of all versions and delete markers of a bucket.
///
/// @param afterKey where the last page ended
/// @param afterVersionId within that key; empty means "after all versions of the key"
/// @param room what rows may keep; a page that it ends holds fewer entries than the limit
public record VersionQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterVersionId,
    int limit, PageRoom room) {

  /// A page whose rows are bounded by the limit alone.
  public VersionQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterVersionId,
      int limit) {
    this(prefix, delimiter, afterKey, afterVersionId, limit, PageRoom.UNBOUNDED);
  }

  /// Whether a page could have ended at this version.
  public static boolean isMarker(String versionId) {
    return versionId.equals(VersionIds.NULL) || VersionIds.isPosition(versionId);
  }
}
