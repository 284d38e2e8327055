package hayloft.filer;

/// A checksum that is kept with an object or a part: the one that the client named, or S3's default.
///
/// @param base64 the value as S3 prints it, with `-N` at the end if it is a composite of N parts
/// @param composite true for a checksum of part checksums, false for one over the whole object
public record ObjectChecksum(ChecksumAlgorithm algorithm, String base64, boolean composite) {}
