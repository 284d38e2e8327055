package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.filer.Bucket;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Upload;
import hayloft.filer.User;
import hayloft.filer.Versioning;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// What was acknowledged, as plain maps and lists; it shares no code with the store. Confined to one thread.
final class Truth {

  static final Comparator<String> KEY_ORDER = (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8),
      b.getBytes(StandardCharsets.UTF_8));

  /// A version or delete marker of a key. Immutable.
  static final class Version {
    final String versionId;
    final @Nullable ObjectVersion object; // null for a delete marker
    final byte[] bytes;
    final List<Integer> parts;
    /// It was made after the damage, which can thus have done nothing to it.
    final boolean isFresh;

    Version(String versionId, @Nullable ObjectVersion object, byte[] bytes, List<Integer> parts, boolean isFresh) {
      this.versionId = versionId;
      this.object = object;
      this.bytes = bytes;
      this.parts = parts;
      this.isFresh = isFresh;
    }

    boolean isNull() {
      return versionId.equals("null");
    }

    Version showing(ObjectVersion changed) {
      return new Version(versionId, changed, bytes, parts, isFresh);
    }
  }

  record PartContent(byte[] bytes, String etag) {}

  /// An upload under way.
  static final class OpenUpload {
    final Upload upload;
    final boolean isFresh;
    final TreeMap<Integer, PartContent> parts = new TreeMap<>();

    OpenUpload(Upload upload, boolean isFresh) {
      this.upload = upload;
      this.isFresh = isFresh;
    }
  }

  static final class BucketTruth {
    Bucket bucket;
    /// Newest first, never empty.
    final TreeMap<String, List<Version>> keys = new TreeMap<>(KEY_ORDER);
    /// Version ids that were there once, by key.
    final Map<String, Set<String>> erased = new TreeMap<>();
    final Map<String, OpenUpload> uploads = new TreeMap<>();
    final List<Upload> endedUploads = new ArrayList<>();
    /// Every key that was ever written.
    final Set<String> everyKey = new TreeSet<>(KEY_ORDER);
    /// A mutation of them failed: it may have happened or not.
    final Set<String> uncertain = new HashSet<>();
    /// Deleted after the damage, by a plain delete that leaves nothing.
    final Set<String> freshlyDeleted = new HashSet<>();

    BucketTruth(Bucket bucket) {
      this.bucket = bucket;
    }

    private BucketTruth(BucketTruth other) {
      this(other.bucket);
      other.keys.forEach((key, versions) -> keys.put(key, new ArrayList<>(versions)));
      other.erased.forEach((key, ids) -> erased.put(key, new HashSet<>(ids)));
      other.uploads.forEach((id, open) -> {
        var copy = new OpenUpload(open.upload, open.isFresh);
        copy.parts.putAll(open.parts);
        uploads.put(id, copy);
      });
      endedUploads.addAll(other.endedUploads);
      everyKey.addAll(other.everyKey);
      uncertain.addAll(other.uncertain);
      freshlyDeleted.addAll(other.freshlyDeleted);
    }

    /// A mutation of the key was acknowledged. Only where no version is kept does it stand for all that was before it.
    void settle(String key) {
      if (bucket.versioning() == Versioning.UNVERSIONED) {
        uncertain.remove(key);
      }
    }

    @Nullable
    Version current(String key) {
      List<Version> versions = keys.get(key);
      return versions == null ? null : versions.getFirst();
    }

    @Nullable
    Version exactly(String key, String versionId) {
      return keys.getOrDefault(key, List.of()).stream().filter(version -> version.versionId.equals(versionId))
          .findFirst().orElse(null);
    }

    /// A new version comes first; if it is a null version, the old one goes.
    void add(String key, Version version) {
      List<Version> versions = keys.computeIfAbsent(key, _ -> new ArrayList<>());
      if (version.isNull()) {
        versions.removeIf(Version::isNull);
      }
      versions.addFirst(version);
      everyKey.add(key);
      freshlyDeleted.remove(key);
    }

    void replace(String key, Version version, Version by) {
      List<Version> versions = keys.get(key);
      if (versions != null) {
        versions.set(versions.indexOf(version), by);
      }
    }

    void remove(String key, String versionId) {
      List<Version> versions = keys.get(key);
      if (versions != null && versions.removeIf(version -> version.versionId.equals(versionId))) {
        if (!versionId.equals("null")) {
          erased.computeIfAbsent(key, _ -> new HashSet<>()).add(versionId);
        }
        if (versions.isEmpty()) {
          keys.remove(key);
        }
      }
    }
  }

  final TreeMap<String, BucketTruth> buckets = new TreeMap<>();
  final List<Bucket> deletedBuckets = new ArrayList<>();
  final TreeMap<String, User> users = new TreeMap<>();
  final Set<String> deletedUsers = new TreeSet<>();
  final Map<FileId, byte[]> blobs = new HashMap<>();
  final Set<FileId> deadBlobs = new HashSet<>();
  final Set<String> freshUsers = new HashSet<>();
  /// Sequences of versions that were ever given out.
  final Set<Long> sequences = new HashSet<>();
  long highestSequence;

  Truth copy() {
    var copy = new Truth();
    buckets.forEach((name, bucket) -> copy.buckets.put(name, new BucketTruth(bucket)));
    copy.deletedBuckets.addAll(deletedBuckets);
    copy.users.putAll(users);
    copy.deletedUsers.addAll(deletedUsers);
    copy.blobs.putAll(blobs);
    copy.deadBlobs.addAll(deadBlobs);
    copy.freshUsers.addAll(freshUsers);
    copy.sequences.addAll(sequences);
    copy.highestSequence = highestSequence;
    return copy;
  }

  /// Notes a sequence that a version, bucket or upload was given.
  void issued(long sequence, String what) {
    if (!sequences.add(sequence)) {
      throw new Violation("sequence issued twice", what + " got " + Long.toHexString(sequence));
    }
    if (Long.compareUnsigned(sequence, highestSequence) < 0) {
      throw new Violation("sequence goes back",
          what + " got " + Long.toHexString(sequence) + " after " + Long.toHexString(highestSequence));
    }
    highestSequence = sequence;
  }
}
