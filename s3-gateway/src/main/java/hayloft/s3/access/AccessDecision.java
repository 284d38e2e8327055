package hayloft.s3.access;

import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.filer.User;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.XmlElement;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Decides who may do what, from memory. Thread-safe.
/// [How S3 authorizes a
/// request](https://docs.aws.amazon.com/AmazonS3/latest/userguide/how-s3-evaluates-access-control.html)
///
/// - An admin may do everything.
/// - A bucket's owner may do everything to the bucket, and to the objects in it that it wrote itself; and whatever no
///   list can grant (settings, tags, versions).
/// - Objects belong to who wrote them (S3's *ObjectWriter* ownership). Their owner may always read and replace their
///   list.
/// - Everybody else may do what the list of the bucket or of the object grants.
///
/// An object's list is looked at only if the bucket and the object are not both the sender's.
public final class AccessDecision {

  /// The bucket's setting that holds its list.
  private static final String SETTING = "acl";

  private final Catalog catalog;
  private final AclRequests requests;

  public AccessDecision(Catalog catalog) {
    this.catalog = catalog;
    this.requests = new AclRequests(catalog);
  }

  /// Lets somebody into a bucket who has what it takes.
  ///
  /// @param expectedOwner the owner that the client believes the bucket to have, null if it does not say
  /// @throws S3Exception NoSuchBucket, AccessDenied
  public Bucket enter(String name, AccessNeed need, User user, @Nullable String expectedOwner) {
    Bucket bucket = catalog.findBucket(name).orElseThrow(() -> new S3Exception(new S3Error.NoSuchBucket(name)));
    if (expectedOwner != null && !expectedOwner.equals(bucket.ownerId())) {
      throw denied();
    }
    require(bucket, need, user);
    return bucket;
  }

  /// @throws S3Exception AccessDenied
  public static void require(Bucket bucket, AccessNeed need, User user) {
    if (owns(user, bucket)) {
      return;
    }
    boolean allowed = switch (need) {
      case ACCOUNT -> !Anonymous.is(user);
      case BUCKET_OWNER -> false;
      case LIST_BUCKET, WRITE_BUCKET, READ_BUCKET_ACL, WRITE_BUCKET_ACL -> {
        Optional<Permission> wanted = need.onBucket();
        yield wanted.isPresent() && listOf(bucket).allows(user, wanted.get());
      }
      case READ_OBJECT, READ_OBJECT_ACL, WRITE_OBJECT_ACL, JUDGED_LATER -> true; // the object, or the operation, says
    };
    if (!allowed) {
      throw denied();
    }
  }

  /// @throws S3Exception AccessDenied
  public static void require(Bucket bucket, ObjectVersion version, Permission wanted, User user) {
    if (!allows(bucket, version, wanted, user)) {
      throw denied();
    }
  }

  public static boolean allows(Bucket bucket, ObjectVersion version, Permission wanted, User user) {
    String ownerId = version.attributes().ownerId();
    return user.admin() || user.id().equals(ownerId) && (ownerId.equals(bucket.ownerId()) || isAboutList(wanted))
        || listOf(version).allows(user, wanted);
  }

  private static boolean isAboutList(Permission wanted) {
    return wanted == Permission.READ_ACP || wanted == Permission.WRITE_ACP;
  }

  /// Whether somebody may learn which keys a bucket has; to others a missing key is as forbidden as a foreign one.
  public static boolean mayList(Bucket bucket, User user) {
    return owns(user, bucket) || listOf(bucket).allows(user, Permission.READ);
  }

  /// Whether the bucket is the user's as far as rights go.
  public static boolean owns(User user, Bucket bucket) {
    return user.admin() || bucket.ownerId().equals(user.id());
  }

  public static S3Exception denied() {
    return new S3Exception(S3Error.Plain.ACCESS_DENIED);
  }

  public static AccessControlList listOf(Bucket bucket) {
    return AccessControlList.read(bucket.settings().getOrDefault(SETTING, ""), bucket.ownerId());
  }

  public static AccessControlList listOf(ObjectVersion version) {
    return AccessControlList.read(version.attributes().acl(), version.attributes().ownerId());
  }

  /// The bucket with another list.
  public static Bucket with(Bucket bucket, AccessControlList list) {
    Map<String, String> settings = new HashMap<>(bucket.settings());
    String text = list.text(bucket.ownerId());
    if (text.isEmpty()) {
      settings.remove(SETTING);
    } else {
      settings.put(SETTING, text);
    }
    return bucket.withSettings(settings);
  }

  /// The list that headers ask for, of a bucket or an object. Empty if they ask for none.
  ///
  /// @param ownerId of what the list is for
  /// @param bucketOwnerId of the bucket that it is in, or that it is
  /// @throws S3Exception InvalidArgument and its kin
  public Optional<AccessControlList> asked(HttpHeaders headers, String ownerId, String bucketOwnerId) {
    return requests.ofHeaders(headers, ownerId, bucketOwnerId);
  }

  /// The list that an `AccessControlPolicy` document asks for.
  ///
  /// @throws S3Exception MalformedACLError, InvalidArgument, AccessDenied if it names another owner
  public AccessControlList asked(XmlElement document, String ownerId) {
    return requests.ofDocument(document, ownerId);
  }

  /// MalformedACLError.
  public static S3Exception malformedList() {
    return AclRequests.malformed();
  }
}
