package hayloft.s3.routing;

import static hayloft.s3.request.Addressing.Level.BUCKET;
import static hayloft.s3.request.Addressing.Level.OBJECT;
import static hayloft.s3.request.Addressing.Level.SERVICE;

import hayloft.s3.request.Addressing.Level;
import io.netty.handler.codec.http.HttpMethod;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every operation of S3, whether Hayloft has it or not, and what a request looks like that means it. Immutable.
/// [Operations](https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html)
///
/// An operation is told by method, level and *marks*: query parameters that must be there (`acl`; `uploadId` and
/// `partNumber`), and for some a header. Of those that fit, the one with the most marks is meant. All other parameters
/// must be among those that it *takes* (both are lists of words below), so that a request with a parameter that nobody
/// here knows is refused and never mistaken for a simpler one. Only reads of objects and listings pass over what S3 has
/// no name for: browsers, caches and proxies add to their URLs.
public enum S3Operation {
  // Service
  LIST_BUCKETS("ListBuckets", "GET", SERVICE, "", "prefix max-buckets continuation-token bucket-region"),
  LIST_DIRECTORY_BUCKETS("ListDirectoryBuckets", "GET", SERVICE, "max-directory-buckets", "continuation-token"),

  // Buckets
  CREATE_BUCKET("CreateBucket", "PUT", BUCKET, "", ""),
  DELETE_BUCKET("DeleteBucket", "DELETE", BUCKET, "", ""),
  HEAD_BUCKET("HeadBucket", "HEAD", BUCKET, "", ""),
  CREATE_SESSION("CreateSession", "GET", BUCKET, "session", ""),
  GET_BUCKET_LOCATION("GetBucketLocation", "GET", BUCKET, "location", ""),
  /// Also where a form's `success_action_redirect` leads, with `bucket`, `key` and `etag`.
  LIST_OBJECTS("ListObjects", "GET", BUCKET, "",
      "prefix delimiter marker max-keys encoding-type list-type start-after continuation-token fetch-owner bucket key "
          + "etag"),
  LIST_OBJECTS_V2("ListObjectsV2", "GET", BUCKET, "list-type",
      "prefix delimiter max-keys encoding-type continuation-token start-after fetch-owner marker"),
  LIST_OBJECT_VERSIONS("ListObjectVersions", "GET", BUCKET, "versions",
      "prefix delimiter max-keys encoding-type key-marker version-id-marker"),
  LIST_MULTIPART_UPLOADS("ListMultipartUploads", "GET", BUCKET, "uploads",
      "prefix delimiter max-uploads encoding-type key-marker upload-id-marker"),
  DELETE_OBJECTS("DeleteObjects", "POST", BUCKET, "delete", ""),
  /// A browser's form.
  POST_OBJECT("PostObject", "POST", BUCKET, "", ""),
  PREFLIGHT_BUCKET("PreflightRequest", "OPTIONS", BUCKET, "", Router.ANYTHING),

  GET_BUCKET_ABAC("GetBucketAbac", "GET", BUCKET, "abac", ""),
  PUT_BUCKET_ABAC("PutBucketAbac", "PUT", BUCKET, "abac", ""),
  GET_BUCKET_ACCELERATE_CONFIGURATION("GetBucketAccelerateConfiguration", "GET", BUCKET, "accelerate", ""),
  PUT_BUCKET_ACCELERATE_CONFIGURATION("PutBucketAccelerateConfiguration", "PUT", BUCKET, "accelerate", ""),
  GET_BUCKET_ACL("GetBucketAcl", "GET", BUCKET, "acl", ""),
  PUT_BUCKET_ACL("PutBucketAcl", "PUT", BUCKET, "acl", ""),
  GET_BUCKET_ANALYTICS_CONFIGURATION("GetBucketAnalyticsConfiguration", "GET", BUCKET, "analytics id", ""),
  PUT_BUCKET_ANALYTICS_CONFIGURATION("PutBucketAnalyticsConfiguration", "PUT", BUCKET, "analytics id", ""),
  DELETE_BUCKET_ANALYTICS_CONFIGURATION("DeleteBucketAnalyticsConfiguration", "DELETE", BUCKET, "analytics id", ""),
  LIST_BUCKET_ANALYTICS_CONFIGURATIONS("ListBucketAnalyticsConfigurations", "GET", BUCKET, "analytics",
      "continuation-token"),
  GET_BUCKET_CORS("GetBucketCors", "GET", BUCKET, "cors", ""),
  PUT_BUCKET_CORS("PutBucketCors", "PUT", BUCKET, "cors", ""),
  DELETE_BUCKET_CORS("DeleteBucketCors", "DELETE", BUCKET, "cors", ""),
  GET_BUCKET_ENCRYPTION("GetBucketEncryption", "GET", BUCKET, "encryption", ""),
  PUT_BUCKET_ENCRYPTION("PutBucketEncryption", "PUT", BUCKET, "encryption", ""),
  DELETE_BUCKET_ENCRYPTION("DeleteBucketEncryption", "DELETE", BUCKET, "encryption", ""),
  GET_BUCKET_INTELLIGENT_TIERING_CONFIGURATION("GetBucketIntelligentTieringConfiguration", "GET", BUCKET,
      "intelligent-tiering id", ""),
  PUT_BUCKET_INTELLIGENT_TIERING_CONFIGURATION("PutBucketIntelligentTieringConfiguration", "PUT", BUCKET,
      "intelligent-tiering id", ""),
  DELETE_BUCKET_INTELLIGENT_TIERING_CONFIGURATION("DeleteBucketIntelligentTieringConfiguration", "DELETE", BUCKET,
      "intelligent-tiering id", ""),
  LIST_BUCKET_INTELLIGENT_TIERING_CONFIGURATIONS("ListBucketIntelligentTieringConfigurations", "GET", BUCKET,
      "intelligent-tiering", "continuation-token"),
  GET_BUCKET_INVENTORY_CONFIGURATION("GetBucketInventoryConfiguration", "GET", BUCKET, "inventory id", ""),
  PUT_BUCKET_INVENTORY_CONFIGURATION("PutBucketInventoryConfiguration", "PUT", BUCKET, "inventory id", ""),
  DELETE_BUCKET_INVENTORY_CONFIGURATION("DeleteBucketInventoryConfiguration", "DELETE", BUCKET, "inventory id", ""),
  LIST_BUCKET_INVENTORY_CONFIGURATIONS("ListBucketInventoryConfigurations", "GET", BUCKET, "inventory",
      "continuation-token"),
  GET_BUCKET_LIFECYCLE_CONFIGURATION("GetBucketLifecycleConfiguration", "GET", BUCKET, "lifecycle", ""),
  PUT_BUCKET_LIFECYCLE_CONFIGURATION("PutBucketLifecycleConfiguration", "PUT", BUCKET, "lifecycle", ""),
  DELETE_BUCKET_LIFECYCLE("DeleteBucketLifecycle", "DELETE", BUCKET, "lifecycle", ""),
  GET_BUCKET_LOGGING("GetBucketLogging", "GET", BUCKET, "logging", ""),
  PUT_BUCKET_LOGGING("PutBucketLogging", "PUT", BUCKET, "logging", ""),
  CREATE_BUCKET_METADATA_CONFIGURATION("CreateBucketMetadataConfiguration", "POST", BUCKET, "metadataConfiguration",
      ""),
  GET_BUCKET_METADATA_CONFIGURATION("GetBucketMetadataConfiguration", "GET", BUCKET, "metadataConfiguration", ""),
  DELETE_BUCKET_METADATA_CONFIGURATION("DeleteBucketMetadataConfiguration", "DELETE", BUCKET, "metadataConfiguration",
      ""),
  UPDATE_BUCKET_METADATA_INVENTORY_TABLE_CONFIGURATION("UpdateBucketMetadataInventoryTableConfiguration", "PUT", BUCKET,
      "metadataInventoryTable", ""),
  UPDATE_BUCKET_METADATA_JOURNAL_TABLE_CONFIGURATION("UpdateBucketMetadataJournalTableConfiguration", "PUT", BUCKET,
      "metadataJournalTable", ""),
  CREATE_BUCKET_METADATA_TABLE_CONFIGURATION("CreateBucketMetadataTableConfiguration", "POST", BUCKET, "metadataTable",
      ""),
  GET_BUCKET_METADATA_TABLE_CONFIGURATION("GetBucketMetadataTableConfiguration", "GET", BUCKET, "metadataTable", ""),
  DELETE_BUCKET_METADATA_TABLE_CONFIGURATION("DeleteBucketMetadataTableConfiguration", "DELETE", BUCKET,
      "metadataTable", ""),
  GET_BUCKET_METRICS_CONFIGURATION("GetBucketMetricsConfiguration", "GET", BUCKET, "metrics id", ""),
  PUT_BUCKET_METRICS_CONFIGURATION("PutBucketMetricsConfiguration", "PUT", BUCKET, "metrics id", ""),
  DELETE_BUCKET_METRICS_CONFIGURATION("DeleteBucketMetricsConfiguration", "DELETE", BUCKET, "metrics id", ""),
  LIST_BUCKET_METRICS_CONFIGURATIONS("ListBucketMetricsConfigurations", "GET", BUCKET, "metrics",
      "continuation-token"),
  GET_BUCKET_NOTIFICATION_CONFIGURATION("GetBucketNotificationConfiguration", "GET", BUCKET, "notification", ""),
  PUT_BUCKET_NOTIFICATION_CONFIGURATION("PutBucketNotificationConfiguration", "PUT", BUCKET, "notification", ""),
  GET_OBJECT_LOCK_CONFIGURATION("GetObjectLockConfiguration", "GET", BUCKET, "object-lock", ""),
  PUT_OBJECT_LOCK_CONFIGURATION("PutObjectLockConfiguration", "PUT", BUCKET, "object-lock", ""),
  GET_BUCKET_OWNERSHIP_CONTROLS("GetBucketOwnershipControls", "GET", BUCKET, "ownershipControls", ""),
  PUT_BUCKET_OWNERSHIP_CONTROLS("PutBucketOwnershipControls", "PUT", BUCKET, "ownershipControls", ""),
  DELETE_BUCKET_OWNERSHIP_CONTROLS("DeleteBucketOwnershipControls", "DELETE", BUCKET, "ownershipControls", ""),
  GET_BUCKET_POLICY("GetBucketPolicy", "GET", BUCKET, "policy", ""),
  PUT_BUCKET_POLICY("PutBucketPolicy", "PUT", BUCKET, "policy", ""),
  DELETE_BUCKET_POLICY("DeleteBucketPolicy", "DELETE", BUCKET, "policy", ""),
  GET_BUCKET_POLICY_STATUS("GetBucketPolicyStatus", "GET", BUCKET, "policyStatus", ""),
  GET_PUBLIC_ACCESS_BLOCK("GetPublicAccessBlock", "GET", BUCKET, "publicAccessBlock", ""),
  PUT_PUBLIC_ACCESS_BLOCK("PutPublicAccessBlock", "PUT", BUCKET, "publicAccessBlock", ""),
  DELETE_PUBLIC_ACCESS_BLOCK("DeletePublicAccessBlock", "DELETE", BUCKET, "publicAccessBlock", ""),
  GET_BUCKET_REPLICATION("GetBucketReplication", "GET", BUCKET, "replication", ""),
  PUT_BUCKET_REPLICATION("PutBucketReplication", "PUT", BUCKET, "replication", ""),
  DELETE_BUCKET_REPLICATION("DeleteBucketReplication", "DELETE", BUCKET, "replication", ""),
  GET_BUCKET_REQUEST_PAYMENT("GetBucketRequestPayment", "GET", BUCKET, "requestPayment", ""),
  PUT_BUCKET_REQUEST_PAYMENT("PutBucketRequestPayment", "PUT", BUCKET, "requestPayment", ""),
  GET_BUCKET_TAGGING("GetBucketTagging", "GET", BUCKET, "tagging", ""),
  PUT_BUCKET_TAGGING("PutBucketTagging", "PUT", BUCKET, "tagging", ""),
  DELETE_BUCKET_TAGGING("DeleteBucketTagging", "DELETE", BUCKET, "tagging", ""),
  GET_BUCKET_VERSIONING("GetBucketVersioning", "GET", BUCKET, "versioning", ""),
  PUT_BUCKET_VERSIONING("PutBucketVersioning", "PUT", BUCKET, "versioning", ""),
  GET_BUCKET_WEBSITE("GetBucketWebsite", "GET", BUCKET, "website", ""),
  PUT_BUCKET_WEBSITE("PutBucketWebsite", "PUT", BUCKET, "website", ""),
  DELETE_BUCKET_WEBSITE("DeleteBucketWebsite", "DELETE", BUCKET, "website", ""),

  /// Hayloft's own, as the two behind it.
  GET_BUCKET_DURABILITY("GetBucketDurability", "GET", BUCKET, "hayloft-durability", ""),
  PUT_BUCKET_DURABILITY("PutBucketDurability", "PUT", BUCKET, "hayloft-durability", ""),
  DELETE_BUCKET_DURABILITY("DeleteBucketDurability", "DELETE", BUCKET, "hayloft-durability", ""),

  // Objects
  GET_OBJECT("GetObject", "GET", OBJECT, "",
      "versionId partNumber response-cache-control response-content-disposition response-content-encoding "
          + "response-content-language response-content-type response-expires"),
  HEAD_OBJECT("HeadObject", "HEAD", OBJECT, "",
      "versionId partNumber response-cache-control response-content-disposition response-content-encoding "
          + "response-content-language response-content-type response-expires"),
  PUT_OBJECT("PutObject", "PUT", OBJECT, "", ""),
  COPY_OBJECT("CopyObject", "PUT", OBJECT, "", "", "x-amz-copy-source"),
  DELETE_OBJECT("DeleteObject", "DELETE", OBJECT, "", "versionId"),
  PREFLIGHT_OBJECT("PreflightRequest", "OPTIONS", OBJECT, "", Router.ANYTHING),
  GET_OBJECT_ACL("GetObjectAcl", "GET", OBJECT, "acl", "versionId"),
  PUT_OBJECT_ACL("PutObjectAcl", "PUT", OBJECT, "acl", "versionId"),
  GET_OBJECT_ATTRIBUTES("GetObjectAttributes", "GET", OBJECT, "attributes", "versionId"),
  UPDATE_OBJECT_ENCRYPTION("UpdateObjectEncryption", "PUT", OBJECT, "encryption", "versionId"),
  GET_OBJECT_LEGAL_HOLD("GetObjectLegalHold", "GET", OBJECT, "legal-hold", "versionId"),
  PUT_OBJECT_LEGAL_HOLD("PutObjectLegalHold", "PUT", OBJECT, "legal-hold", "versionId"),
  RENAME_OBJECT("RenameObject", "PUT", OBJECT, "renameObject", ""),
  RESTORE_OBJECT("RestoreObject", "POST", OBJECT, "restore", "versionId"),
  GET_OBJECT_RETENTION("GetObjectRetention", "GET", OBJECT, "retention", "versionId"),
  PUT_OBJECT_RETENTION("PutObjectRetention", "PUT", OBJECT, "retention", "versionId"),
  SELECT_OBJECT_CONTENT("SelectObjectContent", "POST", OBJECT, "select", "select-type"),
  GET_OBJECT_TAGGING("GetObjectTagging", "GET", OBJECT, "tagging", "versionId"),
  PUT_OBJECT_TAGGING("PutObjectTagging", "PUT", OBJECT, "tagging", "versionId"),
  DELETE_OBJECT_TAGGING("DeleteObjectTagging", "DELETE", OBJECT, "tagging", "versionId"),
  GET_OBJECT_TORRENT("GetObjectTorrent", "GET", OBJECT, "torrent", ""),
  CREATE_MULTIPART_UPLOAD("CreateMultipartUpload", "POST", OBJECT, "uploads", ""),
  UPLOAD_PART("UploadPart", "PUT", OBJECT, "uploadId partNumber", ""),
  UPLOAD_PART_COPY("UploadPartCopy", "PUT", OBJECT, "uploadId partNumber", "", "x-amz-copy-source"),
  COMPLETE_MULTIPART_UPLOAD("CompleteMultipartUpload", "POST", OBJECT, "uploadId", ""),
  ABORT_MULTIPART_UPLOAD("AbortMultipartUpload", "DELETE", OBJECT, "uploadId", ""),
  LIST_PARTS("ListParts", "GET", OBJECT, "uploadId", "max-parts part-number-marker encoding-type"),
  /// An Object Lambda function's answer, `POST /WriteGetObjectResponse`.
  WRITE_GET_OBJECT_RESPONSE("WriteGetObjectResponse", "POST", BUCKET, "", "", "x-amz-request-route");

  /// Marks that tell listings from each other and nothing else; clients of version 2 never sign them.
  private static final Set<String> LISTINGS = Set.of("list-type", "max-directory-buckets");

  /// Parameters of operations that S3 has and the table does not.
  private static final Set<String> OF_OTHERS = Set.of("annotation", "annotation-prefix", "annotationname",
      "max-annotation-results", "metadataannotationtable");

  private final String awsName;
  private final HttpMethod method;
  private final Level level;
  private final Set<String> marks;
  private final Set<String> takes;
  private final @Nullable String markHeader;

  S3Operation(String awsName, String method, Level level, String marks, String takes) {
    this(awsName, method, level, marks, takes, null);
  }

  S3Operation(String awsName, String method, Level level, String marks, String takes,
      @Nullable String markHeader) {
    this.awsName = awsName;
    this.method = HttpMethod.valueOf(method);
    this.level = level;
    this.marks = words(marks);
    this.takes = words(takes);
    this.markHeader = markHeader;
  }

  /// The name in S3's documentation.
  public String awsName() {
    return awsName;
  }

  public HttpMethod method() {
    return method;
  }

  public Level level() {
    return level;
  }

  /// Query parameters that tell this operation from others.
  public Set<String> marks() {
    return marks;
  }

  /// Further query parameters that mean something to it.
  Set<String> takes() {
    return takes;
  }

  /// A header that tells this operation from others.
  @Nullable
  String markHeader() {
    return markHeader;
  }

  /// Query parameters that make something else of a request: all marks, and what operations take but for pages of
  /// listings. Version 2 signatures cover these and no other ones.
  public static Set<String> subResources() {
    Set<String> names = new HashSet<>();
    for (S3Operation operation : values()) {
      names.addAll(operation.marks);
      if (!operation.isListing()) {
        names.addAll(operation.takes);
      }
    }
    names.removeAll(LISTINGS);
    names.remove(Router.ANYTHING);
    return Set.copyOf(names);
  }

  /// Whether it passes over parameters that mean nothing in S3, as S3 does.
  boolean toleratesUnknown() {
    return switch (this) {
      case GET_OBJECT, HEAD_OBJECT, LIST_OBJECTS, LIST_OBJECTS_V2, LIST_OBJECT_VERSIONS, LIST_MULTIPART_UPLOADS -> true;
      default -> false;
    };
  }

  /// All parameters that mean something to an operation of S3, in lower case: who writes `ACL` does not mean an object.
  static Set<String> meanings() {
    Set<String> names = new HashSet<>(OF_OTHERS);
    for (S3Operation operation : values()) {
      for (Set<String> words : List.of(operation.marks, operation.takes)) {
        words.forEach(word -> names.add(word.toLowerCase(Locale.ROOT)));
      }
    }
    names.remove("id"); // which says nothing without a sub-resource, and which many a URL has
    return Set.copyOf(names);
  }

  /// Whether S3's endpoint without a region has it: what a client asks before it knows a bucket's region.
  boolean isGlobal() {
    return this == LIST_BUCKETS || this == CREATE_BUCKET || this == GET_BUCKET_LOCATION;
  }

  /// The headers that are conditions of it and that it obeys, if it changes something.
  public Set<String> conditions() {
    return switch (this) {
      case PUT_OBJECT, COPY_OBJECT, COMPLETE_MULTIPART_UPLOAD -> Set.of("if-match", "if-none-match");
      case DELETE_OBJECT -> Set.of("if-match", "x-amz-if-match-last-modified-time", "x-amz-if-match-size");
      case ABORT_MULTIPART_UPLOAD -> Set.of("x-amz-if-match-initiated-time");
      default -> Set.of();
    };
  }

  /// Whether it changes nothing.
  public boolean isRead() {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }

  /// Whether it is refused unless the head of the request vouches for the document: what S3's model marks so, and
  /// Hayloft's own.
  public boolean needsDigest() {
    return switch (this) {
      case DELETE_OBJECTS, PUT_BUCKET_ACL, PUT_BUCKET_CORS, PUT_BUCKET_DURABILITY, PUT_BUCKET_LIFECYCLE_CONFIGURATION,
          PUT_BUCKET_REPLICATION, PUT_BUCKET_TAGGING, PUT_BUCKET_VERSIONING, PUT_OBJECT_ACL, PUT_OBJECT_LEGAL_HOLD,
          PUT_OBJECT_LOCK_CONFIGURATION, PUT_OBJECT_RETENTION, PUT_OBJECT_TAGGING ->
        true;
      default -> false;
    };
  }

  /// Whether what it asks for may stand in its head instead of a document.
  public boolean mayHaveNoDocument() {
    return this == PUT_BUCKET_ACL || this == PUT_OBJECT_ACL;
  }

  private boolean isListing() {
    return awsName.startsWith("List") && method.equals(HttpMethod.GET);
  }

  private static Set<String> words(String text) {
    return text.isEmpty() ? Set.of() : Set.of(text.split(" "));
  }
}
