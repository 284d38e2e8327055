package hayloft.filer;

import java.util.Optional;

/// A page of the uploads under way in a bucket.
public record UploadQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterUploadId,
    int limit) {}
