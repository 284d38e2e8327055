package hayloft.filer;

import java.time.Instant;

/// What there is of a multipart upload under way. Immutable.
///
/// @param bytes of its parts
/// @param lastTouched when its newest part came, or when it began
public record UploadContents(long parts, long bytes, Instant lastTouched) {}
