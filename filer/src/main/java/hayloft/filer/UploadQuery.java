package hayloft.filer;

import hayloft.common.memory.PageRoom;
import hayloft.filer.objects.VersionIds;
import java.util.Optional;

/// A page of the uploads under way in a bucket.
///
/// @param room what rows may keep; a page that it ends holds fewer entries than the limit
public record UploadQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterUploadId,
    int limit, PageRoom room) {

  /// A page whose rows are bounded by the limit alone.
  public UploadQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterUploadId,
      int limit) {
    this(prefix, delimiter, afterKey, afterUploadId, limit, PageRoom.UNBOUNDED);
  }

  /// Whether a page could have ended at this upload.
  public static boolean isMarker(String uploadId) {
    return VersionIds.parse(uploadId).isPresent();
  }
}
