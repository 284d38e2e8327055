package hayloft.filer.mutation;

import hayloft.filer.Bucket;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One change of the catalog, as its commit needle tells it. Immutable.
public sealed interface Mutation {

  /// When it was judged, by the filer's clock.
  Instant at();

  /// A new version of a key: an object, a delete marker or a tombstone; maybe the end of an upload too.
  record PutVersion(long bucketId, String key, VersionBody body) implements Mutation {
    @Override
    public Instant at() {
      return body.modified();
    }
  }

  /// Replaces the tags of the version with that sequence.
  record SetTags(long bucketId, String key, long version, Instant at, Map<String, String> tags) implements Mutation {
    public SetTags {
      tags = Collections.unmodifiableMap(new LinkedHashMap<>(tags));
    }
  }

  /// Replaces the access control list of the version with that sequence.
  record SetAcl(long bucketId, String key, long version, Instant at, String acl) implements Mutation {}

  /// Takes the version with that sequence away.
  record EraseVersion(long bucketId, String key, long version, Instant at) implements Mutation {}

  record CreateUpload(long bucketId, String key, long upload, UploadBody body) implements Mutation {
    @Override
    public Instant at() {
      return body.initiated();
    }
  }

  record PutPart(long bucketId, String key, long upload, int number, PartBody body) implements Mutation {
    @Override
    public Instant at() {
      return body.modified();
    }
  }

  record AbortUpload(long bucketId, String key, long upload, Instant at) implements Mutation {}

  /// Creates a bucket or changes its settings.
  record PutBucket(Bucket bucket, Instant at) implements Mutation {}

  /// @param name of the bucket; empty in needles of level 1, which do not tell it
  record DeleteBucket(long bucketId, String name, Instant at) implements Mutation {}

  /// Creates a user or replaces it.
  record PutUser(String id, UserBody body) implements Mutation {
    @Override
    public Instant at() {
      return body.at();
    }
  }

  record DeleteUser(String id, Instant at) implements Mutation {}

  /// Not a change by itself: a piece of a body that a later mutation refers to, and whose it is.
  record Chunk(long bucketId, String key, Instant at) implements Mutation {}

  /// Needles of one volume are dead.
  ///
  /// @param keys rising
  record MarkDead(int volume, Instant at, List<Long> keys) implements Mutation {
    public MarkDead {
      keys = List.copyOf(keys);
    }
  }

  /// What became of a volume.
  ///
  /// @param volume 0 for what stands for many ([VolumeStateBody#retired])
  record SetVolumeState(int volume, VolumeStateBody body) implements Mutation {
    @Override
    public Instant at() {
      return body.at();
    }
  }
}
