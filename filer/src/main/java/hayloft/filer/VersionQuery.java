package hayloft.filer;

import java.util.Optional;

/// A page of all versions and delete markers of a bucket.
///
/// @param afterKey where the last page ended
/// @param afterVersionId within that key; empty means "after all versions of the key"
public record VersionQuery(String prefix, String delimiter, Optional<String> afterKey, Optional<String> afterVersionId,
    int limit) {}
