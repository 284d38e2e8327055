package hayloft.filer;

import hayloft.common.FileId;
import hayloft.filer.objects.VersionIds;
import java.time.Instant;
import java.util.Optional;

/// What listings show of a version of an object: all of it is small, whatever its client stored beside the bytes.
/// Immutable.
///
/// @param nullVersion it is the null version of its key
/// @param volume that it was committed to, which offline tools choose by
/// @param etag hex, with `-N` for N parts, without quotes
public record ListedVersion(String key, long sequence, boolean nullVersion, int volume, long sizeBytes, String etag,
    Instant modified, String ownerId, String storageClass, Optional<ChecksumKind> checksum) {

  /// As a listing shows a version.
  public static ListedVersion of(ObjectVersion version) {
    int volume = switch (version.body()) {
      case BodyLocation.Inline(FileId needle) -> needle.volume();
      case BodyLocation.Chunks(FileId commit, var _) -> commit.volume();
    };
    return new ListedVersion(version.key(), version.sequence(), version.versionId().equals(VersionIds.NULL), volume,
        version.sizeBytes(), version.etag(), version.modified(), version.attributes().ownerId(),
        version.attributes().storageClass(), ChecksumKind.of(version.attributes().checksum()));
  }

  /// As S3 shows it; `null` for the null version. Made anew each time: most listings do not show it.
  public String versionId() {
    return nullVersion ? VersionIds.NULL : VersionIds.of(sequence);
  }
}
