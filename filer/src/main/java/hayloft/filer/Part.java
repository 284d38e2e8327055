package hayloft.filer;

import java.time.Instant;
import java.util.Optional;

/// One part of an upload, or of an object that was made by one.
///
/// @param number 1 to 10,000
/// @param etag hex MD5 of the part, without quotes
public record Part(int number, long sizeBytes, String etag, Instant modified, Optional<ObjectChecksum> checksum) {}
