package hayloft.filer;

import java.time.Instant;
import java.util.Optional;

/// A multipart upload under way.
///
/// @param checksum algorithm that parts are summed with, if the client chose one
/// @param composite how the parts' checksums become the object's
public record Upload(String uploadId, long bucketId, String key, Instant initiated, ObjectDraft attributes,
    Optional<ChecksumAlgorithm> checksum, boolean composite) {}
