package hayloft.filer;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.memory.Claims;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Buckets, objects, versions, uploads and users. Thread-safe. Methods that throw [IOException] wait for disks: call
/// them on virtual threads.
///
/// Every mutation is one needle; it is durable, and visible to every later read and listing, when its method returns.
/// If a method throws, the mutation either happened whole or not at all, and shows which after a restart at the latest.
///
/// "Durable" is meant as [Bucket#durability] of the bucket that the method was given says, or, if that is empty, as the
/// process does; where a method takes a [hayloft.common.Durability], as that says. So the caller knows what it may
/// tell. Buckets, their settings and deletion, users and the creation of uploads are always synced, because later
/// mutations build on them. What is durable as `fsync` is so together with all that it needs: an object with its chunks
/// and parts, tags with their object.
///
/// Where the newest state of what is asked for is damaged, methods throw [LostTruthException] instead of answering with
/// an older one.
public interface Catalog {

  // Buckets

  /// @param settings is shown the bucket and answers what it is to be from the start, within the bounds of
  ///   [#updateBucket]
  BucketCreation createBucket(String name, String ownerId, String region, boolean objectLock,
      UnaryOperator<Bucket> settings) throws IOException;

  /// From memory.
  ///
  /// @throws java.io.UncheckedIOException with a [LostTruthException] if what is known of the bucket may be out of date
  Optional<Bucket> findBucket(String name);

  /// All buckets by name, from memory.
  List<Bucket> buckets();

  /// Only an empty bucket is deleted: no version, no delete marker. Uploads under way end with it.
  BucketDeletion deleteBucket(Bucket bucket) throws IOException;

  /// Changes settings atomically; the operator sees the current state and keeps id, name and owner, and versioning
  /// never goes back to [Versioning#UNVERSIONED]. Empty if there is no such bucket.
  Optional<Bucket> updateBucket(String name, UnaryOperator<Bucket> change) throws IOException;

  // Objects

  Lookup find(Bucket bucket, String key, VersionSelector which) throws IOException;

  /// The same without waiting for a disk: empty if memory does not hold what it takes. May be called on an event loop.
  Optional<Lookup> findNow(Bucket bucket, String key, VersionSelector which) throws IOException;

  /// @param claims of whoever sends the body: what the writer keeps of it is counted there
  BodyWriter writeBody(Bucket bucket, String key, Durability durability, Claims claims);

  default BodyWriter writeBody(Bucket bucket, String key, Durability durability) {
    return writeBody(bucket, key, durability, Claims.UNBOUNDED);
  }

  /// Makes a new version. Takes the body, whatever comes of it.
  ///
  /// @param etag hex MD5 of the body
  PutOutcome put(Bucket bucket, String key, ObjectDraft draft, String etag, StoredBody body, Precondition condition,
      Durability durability) throws IOException;

  /// The same for a small body without waiting: what is left to do runs as tasks of `rest`, which must not wait either.
  /// May be called on an event loop.
  ///
  /// @return empty if something would have to be waited for: nothing has happened then, and the body is still the
  ///   caller's
  Optional<CompletableFuture<PutOutcome>> putNow(Bucket bucket, String key, ObjectDraft draft, String etag,
      StoredBody body, Precondition condition, Durability durability, Executor rest) throws IOException;

  /// [VersionSelector.Latest]: a plain delete as the bucket's versioning has it. [VersionSelector.Exactly]: erases that
  /// version.
  DeleteOutcome delete(Bucket bucket, String key, VersionSelector which, Precondition condition) throws IOException;

  /// Replaces a version's tags. Answers like [#find] of the version that was changed.
  Lookup setTags(Bucket bucket, String key, VersionSelector which, Map<String, String> tags) throws IOException;

  /// Replaces a version's access control list, [ObjectDraft#acl]. Answers like [#setTags].
  ///
  /// @param acl is shown the version that is changed and answers its list; nothing else happens to the key meanwhile.
  ///   What it throws is thrown on, and nothing is changed. It must not wait
  Lookup setAcl(Bucket bucket, String key, VersionSelector which, Function<ObjectVersion, String> acl)
      throws IOException;

  BodyReader read(ObjectVersion version, ByteRange range);

  /// The parts of an object that was made by a multipart upload, in order; empty for others.
  List<Part> parts(ObjectVersion version) throws IOException;

  ObjectPage list(Bucket bucket, ListQuery query) throws IOException;

  VersionPage listVersions(Bucket bucket, VersionQuery query) throws IOException;

  // Multipart uploads

  /// @throws hayloft.filer.uploads.BucketGoneException if the bucket was deleted meanwhile
  Upload createUpload(Bucket bucket, String key, ObjectDraft draft, Optional<ChecksumAlgorithm> checksum,
      boolean composite) throws IOException;

  /// Of what its client said of the object it shows the owner and the storage class only: whoever sends a part keeps it
  /// for as long as that takes.
  Optional<Upload> findUpload(Bucket bucket, String key, String uploadId) throws IOException;

  /// Stores a part, replacing one with the same number. Takes the body.
  ///
  /// @param defaultSum see [Part]
  PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag, Optional<ObjectChecksum> checksum,
      Optional<ObjectChecksum> defaultSum, StoredBody body, Durability durability) throws IOException;

  /// Stores a part of which no default checksum will be made. Takes the body.
  default PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag, Optional<ObjectChecksum> checksum,
      StoredBody body, Durability durability) throws IOException {
    return putPart(bucket, upload, number, etag, checksum, Optional.empty(), body, durability);
  }

  /// Parts by number, from `afterNumber` on.
  List<Part> listParts(Bucket bucket, Upload upload, int afterNumber, int limit) throws IOException;

  /// Joins parts into a version without copying their bytes; parts that are not chosen become garbage.
  ///
  /// @param checksum of the whole object, if the client named one or the upload's kind asks for one; verified by the
  ///   caller
  CompleteOutcome completeUpload(Bucket bucket, String key, String uploadId, List<PartChoice> parts,
      Optional<ObjectChecksum> checksum, Precondition condition) throws IOException;

  /// False if there is no such upload.
  boolean abortUpload(Bucket bucket, String key, String uploadId) throws IOException;

  UploadPage listUploads(Bucket bucket, UploadQuery query) throws IOException;

  // Users

  /// From memory.
  ///
  /// @throws java.io.UncheckedIOException with a [LostTruthException] if what is known of the user may be out of date
  Optional<User> findUserByAccessKey(String accessKey);

  /// Who may sign with an access key now: what every door asks, whatever the signature looks like and whenever it was
  /// made. From memory; throws as [#findUserByAccessKey].
  default Optional<User> findSigner(String accessKey) {
    return findUserByAccessKey(accessKey).filter(User::maySign);
  }

  /// From memory. Throws as [#findUserByAccessKey].
  Optional<User> findUserById(String id);

  List<User> users();

  /// Creates a user or replaces the one with the same id.
  ///
  /// @throws IllegalArgumentException if another user has the access key, or the id cannot be one
  void putUser(User user) throws IOException;

  /// False if there is no such user.
  boolean deleteUser(String id) throws IOException;
}
