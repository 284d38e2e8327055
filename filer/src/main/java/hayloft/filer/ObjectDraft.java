package hayloft.filer;

import java.util.Map;
import java.util.Optional;

/// What a client says of an object besides its bytes. Immutable.
///
/// @param headers system metadata by lower-case HTTP name (`content-type`, `cache-control`, `expires` …)
/// @param userMetadata by lower-case name without `x-amz-meta-`
/// @param tags at most 10, in the order given
/// @param ownerId id of the writing user
/// @param storageClass as S3 names it; `STANDARD` is the default
/// @param acl who else may do what, as the gateway wrote it; empty if nobody else may do anything
public record ObjectDraft(Map<String, String> headers, Map<String, String> userMetadata, Map<String, String> tags,
    String ownerId, String storageClass, Optional<ObjectChecksum> checksum, String acl) {

  /// An object that is its owner's alone.
  public ObjectDraft(Map<String, String> headers, Map<String, String> userMetadata, Map<String, String> tags,
      String ownerId, String storageClass, Optional<ObjectChecksum> checksum) {
    this(headers, userMetadata, tags, ownerId, storageClass, checksum, "");
  }

  public ObjectDraft withChecksum(Optional<ObjectChecksum> next) {
    return new ObjectDraft(headers, userMetadata, tags, ownerId, storageClass, next, acl);
  }

  public ObjectDraft withTags(Map<String, String> next) {
    return new ObjectDraft(headers, userMetadata, next, ownerId, storageClass, checksum, acl);
  }

  public ObjectDraft withAcl(String next) {
    return new ObjectDraft(headers, userMetadata, tags, ownerId, storageClass, checksum, next);
  }
}
