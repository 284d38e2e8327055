package hayloft.filer;

/// A checksum that the client asked to be kept.
///
/// @param base64 the value as S3 prints it, with `-N` at the end if it is a composite of N parts
/// @param composite true for a checksum of part checksums, false for one over the whole object
public record ObjectChecksum(ChecksumAlgorithm algorithm, String base64, boolean composite) {}
