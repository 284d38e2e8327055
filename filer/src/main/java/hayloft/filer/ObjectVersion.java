package hayloft.filer;

import java.time.Instant;

/// One version of an object as it stands in the catalog. Immutable.
///
/// @param versionId as S3 shows it; `null` for the null version
/// @param etag hex, with `-N` for N parts, without quotes
/// @param partCount 0 if it was not made by a multipart upload
/// @param body where its bytes lie; only the catalog looks inside
public record ObjectVersion(long bucketId, String key, long sequence, String versionId, long sizeBytes, String etag,
    Instant modified, ObjectDraft attributes, int partCount, BodyLocation body) {}
