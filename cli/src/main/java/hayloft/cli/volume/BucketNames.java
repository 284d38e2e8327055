package hayloft.cli.volume;

import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.MutationKind;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The names of buckets by their ids, as the needles tell them that were seen so far. Thread-safe.
final class BucketNames {

  private final Map<Long, String> names = new ConcurrentHashMap<>();

  /// Takes the name from a bucket's needle; of no other kind is anything remembered.
  void see(Envelope envelope, byte[] meta) throws MalformedMutationException {
    if (envelope.kind() == MutationKind.PUT_BUCKET
        && MutationCodec.decode(meta, "") instanceof Mutation.PutBucket put) {
      names.put(put.bucket().id(), put.bucket().name()); // a bucket never changes its name
    }
  }

  /// The name, or the id if no needle told it.
  String of(long bucketId) {
    return names.getOrDefault(bucketId, "(bucket 0x" + Long.toHexString(bucketId) + ")");
  }
}
