package hayloft.filer;

import java.time.Instant;
import java.util.Optional;

/// One part of an upload, or of an object that was made by one.
///
/// @param number 1 to 10,000
/// @param etag hex MD5 of the part, without quotes
/// @param checksum the one that the client named, or of its upload's algorithm
/// @param defaultSum if its upload has no algorithm and `checksum` is another: what the object's default checksum is
/// made of. Clients are not shown it, and finished objects do not keep it
public record Part(int number, long sizeBytes, String etag, Instant modified, Optional<ObjectChecksum> checksum,
    Optional<ObjectChecksum> defaultSum) {

  public Part(int number, long sizeBytes, String etag, Instant modified, Optional<ObjectChecksum> checksum) {
    this(number, sizeBytes, etag, modified, checksum, Optional.empty());
  }
}
