package hayloft.cli.volume;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;

/// Whom a needle of the catalog concerns. Immutable.
///
/// @param key of an object; empty if it is about a bucket or a user
/// @param userId empty if it is not about a user
record Subject(long bucketId, String key, String userId) {

  static Subject of(byte[] meta) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    return new Subject(envelope.bucketId(), new String(envelope.key(), UTF_8), envelope.userId());
  }

  /// `bucket/key`, or what else it is.
  String name(BucketNames buckets) {
    if (!userId.isEmpty()) {
      return "user " + userId;
    }
    return key.isEmpty() ? buckets.of(bucketId) : buckets.of(bucketId) + "/" + key;
  }
}
