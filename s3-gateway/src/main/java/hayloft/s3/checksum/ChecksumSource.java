package hayloft.s3.checksum;

import hayloft.filer.ChecksumAlgorithm;

/// Where the gateway gets its digests from: the seam to the room that computes them. Thread-safe.
public interface ChecksumSource {

  RunningChecksum start(ChecksumAlgorithm algorithm);

  /// MD5, for ETags of what the gateway itself reads.
  RunningChecksum startMd5();
}
