package hayloft.filer;

import hayloft.filer.quota.Usage;
import java.time.Instant;

/// What a walk over a bucket has found. Immutable.
///
/// @param at when the walk began: what changed since may be in it or not
/// @param objects keys whose newest version is no delete marker, as a plain listing shows them
/// @param versions those objects and all older versions, without delete markers
/// @param bytes of all versions
/// @param uploads under way
/// @param uploadBytes of their parts
public record BucketCount(Instant at, long objects, long versions, long markers, long bytes, long uploads,
    long uploadBytes) {

  /// As quotas count.
  Usage usage() {
    return new Usage(bytes + uploadBytes, versions);
  }
}
