package hayloft.filer;

import java.time.Instant;
import java.util.Optional;

/// What listings show of a multipart upload under way: all of it is small, whatever its client sent along. Immutable.
///
/// @param checksum algorithm that parts are summed with, and how theirs become the object's, if the client chose one
public record ListedUpload(String uploadId, String key, Instant initiated, String ownerId, String storageClass,
    Optional<ChecksumKind> checksum) {

  /// As a listing shows an upload.
  public static ListedUpload of(Upload upload) {
    return new ListedUpload(upload.uploadId(), upload.key(), upload.initiated(), upload.attributes().ownerId(),
        upload.attributes().storageClass(),
        upload.checksum().flatMap(algorithm -> ChecksumKind.of(algorithm, upload.composite())));
  }
}
