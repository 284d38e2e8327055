package hayloft.filer;

import hayloft.filer.objects.VersionIds;
import java.util.Optional;

/// A page of the uploads under way in a bucket.
public record UploadQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterUploadId,
    int limit) {

  /// Whether a page could have ended at this upload.
  public static boolean isMarker(String uploadId) {
    return VersionIds.parse(uploadId).isPresent();
  }
}
