package hayloft.s3.request;

import hayloft.filer.ObjectChecksum;
import java.util.Optional;

/// What a body summed up to. Immutable.
///
/// @param etagHex MD5 in lower-case hex
/// @param checksum the one that the client sent and that was verified, or the one computed by default
public record Digests(String etagHex, Optional<ObjectChecksum> checksum) {}
