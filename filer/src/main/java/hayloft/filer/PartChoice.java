package hayloft.filer;

import java.util.Optional;

/// A part as CompleteMultipartUpload names it.
///
/// @param checksum of the part, if the client repeats it
public record PartChoice(int number, String etag, Optional<ObjectChecksum> checksum) {}
