package hayloft.filer;

import hayloft.common.FileId;
import java.time.Instant;
import java.util.Optional;

/// What listings show of a version of an object: all of it is small, whatever its client stored beside the bytes.
/// Immutable.
///
/// @param versionId as S3 shows it; `null` for the null version
/// @param volume that it was committed to, which offline tools choose by
/// @param etag hex, with `-N` for N parts, without quotes
public record ListedVersion(String key, long sequence, String versionId, int volume, long sizeBytes, String etag,
    Instant modified, String ownerId, String storageClass, Optional<ChecksumKind> checksum) {

  /// As a listing shows a version.
  public static ListedVersion of(ObjectVersion version) {
    int volume = switch (version.body()) {
      case BodyLocation.Inline(FileId needle) -> needle.volume();
      case BodyLocation.Chunks(FileId commit, var _) -> commit.volume();
    };
    return new ListedVersion(version.key(), version.sequence(), version.versionId(), volume, version.sizeBytes(),
        version.etag(),
        version.modified(), version.attributes().ownerId(), version.attributes().storageClass(),
        ChecksumKind.of(version.attributes().checksum()));
  }
}
