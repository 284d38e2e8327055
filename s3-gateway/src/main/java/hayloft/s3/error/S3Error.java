package hayloft.s3.error;

import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the gateway answers when it does not do what was asked; each case carries what its XML has to say. Immutable.
/// [Error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)
public sealed interface S3Error {

  /// Tells the region that a bucket is in.
  String BUCKET_REGION = "x-amz-bucket-region";

  /// HTTP status.
  int status();

  /// The value of the document's `Code`.
  String code();

  /// The value of the document's `Message`.
  String message();

  /// Elements of the document besides code, message, resource and ids.
  default List<Field> fields() {
    return List.of();
  }

  /// Adds headers that belong to this error.
  default void addHeaders(HttpHeaders headers) {}

  /// One more element of an error document.
  record Field(String name, String value) {

    /// Elements in the map's order.
    public static List<Field> of(Map<String, String> elements) {
      return elements.entrySet().stream().map(e -> new Field(e.getKey(), e.getValue())).toList();
    }
  }

  /// Errors that need nothing but their name.
  enum Plain implements S3Error {
    ACCESS_DENIED(403, "AccessDenied", "Access Denied"),
    BAD_DIGEST(400, "BadDigest",
        "The Content-MD5 or checksum value that you specified did not match what the server received."),
    BUCKET_ALREADY_OWNED_BY_YOU(
        409, "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it."),
    ILLEGAL_VERSIONING_CONFIGURATION(
        400, "IllegalVersioningConfigurationException",
        "The Versioning element must be specified"),
    INSUFFICIENT_STORAGE(507, "InsufficientStorage",
        "There is not enough space left in the store to take the request's data."),
    INTERNAL_ERROR(500,
        "InternalError",
        "We encountered an internal error. Please try again."),
    INVALID_LOCATION_CONSTRAINT(400,
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid"),
    INVALID_PART(400, "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified "
            + "entity tag may not match the part's entity tag."),
    INVALID_PART_ORDER(400,
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number."),
    INVALID_STORAGE_CLASS(
        400, "InvalidStorageClass",
        "The storage class you specified is not valid"),
    INVALID_URI(400,
        "InvalidURI", "Couldn't parse the specified URI."),
    MALFORMED_XML(400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema"),
    MAX_MESSAGE_LENGTH_EXCEEDED(
        400, "MaxMessageLengthExceeded",
        "Your request was too big."),
    METADATA_TOO_LARGE(400,
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size"),
    MISSING_CONTENT_LENGTH(
        411, "MissingContentLength",
        "You must provide the Content-Length HTTP header."),
    NO_SUCH_TAG_SET(
        404, "NoSuchTagSet",
        "The TagSet does not exist"),
    QUOTA_EXCEEDED(403, "QuotaExceeded",
        "The bucket would hold more than its quota allows."),
    REQUEST_TIMEOUT(400,
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. Idle "
            + "connections will be closed."),
    SERVICE_UNAVAILABLE(
        503, "ServiceUnavailable",
        "Service is unable to handle request."),
    SLOW_DOWN(
        503, "SlowDown",
        "Please reduce your request rate."),;

    private final int status;
    private final String code;
    private final String message;

    Plain(int status, String code, String message) {
      this.status = status;
      this.code = code;
      this.message = message;
    }

    @Override
    public int status() {
      return status;
    }

    @Override
    public String code() {
      return code;
    }

    @Override
    public String message() {
      return message;
    }
  }

  /// The bucket is somebody else's.
  record BucketAlreadyExists(String bucket) implements S3Error {
    @Override
    public int status() {
      return 409;
    }

    @Override
    public String code() {
      return "BucketAlreadyExists";
    }

    @Override
    public String message() {
      return "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
          + "Please select a different name and try again.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("BucketName", bucket));
    }
  }

  record BucketNotEmpty(String bucket) implements S3Error {
    @Override
    public int status() {
      return 409;
    }

    @Override
    public String code() {
      return "BucketNotEmpty";
    }

    @Override
    public String message() {
      return "The bucket you tried to delete is not empty";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("BucketName", bucket));
    }
  }

  /// @param proposedBytes -1 if the client did not say
  record EntityTooLarge(long proposedBytes, long maxBytes) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "EntityTooLarge";
    }

    @Override
    public String message() {
      return "Your proposed upload exceeds the maximum allowed size";
    }

    @Override
    public List<Field> fields() {
      Field max = new Field("MaxSizeAllowed", Long.toString(maxBytes));
      return proposedBytes < 0 ? List.of(max) : List.of(new Field("ProposedSize", Long.toString(proposedBytes)), max);
    }
  }

  /// A part before the last is too small.
  record EntityTooSmall(int partNumber, String etag, long proposedBytes, long minBytes) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "EntityTooSmall";
    }

    @Override
    public String message() {
      return "Your proposed upload is smaller than the minimum allowed size";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("ProposedSize", Long.toString(proposedBytes)),
          new Field("MinSizeAllowed", Long.toString(minBytes)), new Field("PartNumber", Integer.toString(partNumber)),
          new Field("ETag", etag));
    }
  }

  record InvalidAccessKeyId(String accessKey) implements S3Error {
    @Override
    public int status() {
      return 403;
    }

    @Override
    public String code() {
      return "InvalidAccessKeyId";
    }

    @Override
    public String message() {
      return "The AWS Access Key Id you provided does not exist in our records.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("AWSAccessKeyId", accessKey));
    }
  }

  record InvalidArgument(String message, String argument, String value) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "InvalidArgument";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("ArgumentName", argument), new Field("ArgumentValue", value));
    }
  }

  record InvalidBucketName(String bucket) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "InvalidBucketName";
    }

    @Override
    public String message() {
      return "The specified bucket is not valid.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("BucketName", bucket));
    }
  }

  /// @param requestedRange the header's value
  record InvalidRange(String requestedRange, long objectBytes) implements S3Error {
    @Override
    public int status() {
      return 416;
    }

    @Override
    public String code() {
      return "InvalidRange";
    }

    @Override
    public String message() {
      return "The requested range is not satisfiable";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("RangeRequested", requestedRange),
          new Field("ActualObjectSize", Long.toString(objectBytes)));
    }

    @Override
    public void addHeaders(HttpHeaders headers) {
      headers.set("content-range", "bytes */" + objectBytes);
    }
  }

  record InvalidRequest(String message) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "InvalidRequest";
    }
  }

  record InvalidTag(String message) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "InvalidTag";
    }
  }

  record KeyTooLong(int keyBytes, int maxBytes) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public String code() {
      return "KeyTooLongError";
    }

    @Override
    public String message() {
      return "Your key is too long";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Size", Integer.toString(keyBytes)),
          new Field("MaxSizeAllowed", Integer.toString(maxBytes)));
    }
  }

  /// The method is none of the resource's, or of a delete marker's.
  ///
  /// @param deleteMarkerVersion the delete marker that was asked for, if that is the reason
  record MethodNotAllowed(String method, String resourceType, Optional<String> deleteMarkerVersion) implements S3Error {
    @Override
    public int status() {
      return 405;
    }

    @Override
    public String code() {
      return "MethodNotAllowed";
    }

    @Override
    public String message() {
      return "The specified method is not allowed against this resource.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Method", method), new Field("ResourceType", resourceType));
    }

    @Override
    public void addHeaders(HttpHeaders headers) {
      deleteMarkerVersion.ifPresent(version -> {
        headers.set("x-amz-delete-marker", "true");
        headers.set("x-amz-version-id", version);
        headers.set("allow", "DELETE");
      });
    }
  }

  record NoSuchBucket(String bucket) implements S3Error {
    @Override
    public int status() {
      return 404;
    }

    @Override
    public String code() {
      return "NoSuchBucket";
    }

    @Override
    public String message() {
      return "The specified bucket does not exist";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("BucketName", bucket));
    }
  }

  /// @param deleteMarkerVersion the version id of the delete marker that hides the key, if one does
  record NoSuchKey(String key, Optional<String> deleteMarkerVersion) implements S3Error {

    public NoSuchKey(String key) {
      this(key, Optional.empty());
    }

    @Override
    public int status() {
      return 404;
    }

    @Override
    public String code() {
      return "NoSuchKey";
    }

    @Override
    public String message() {
      return "The specified key does not exist.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Key", key));
    }

    @Override
    public void addHeaders(HttpHeaders headers) {
      headers.set("x-amz-delete-marker", Boolean.toString(deleteMarkerVersion.isPresent()));
      deleteMarkerVersion.ifPresent(version -> headers.set("x-amz-version-id", version));
    }
  }

  record NoSuchUpload(String uploadId) implements S3Error {
    @Override
    public int status() {
      return 404;
    }

    @Override
    public String code() {
      return "NoSuchUpload";
    }

    @Override
    public String message() {
      return "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted "
          + "or completed.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("UploadId", uploadId));
    }
  }

  record NoSuchVersion(String key, String versionId) implements S3Error {
    @Override
    public int status() {
      return 404;
    }

    @Override
    public String code() {
      return "NoSuchVersion";
    }

    @Override
    public String message() {
      return "The specified version does not exist.";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Key", key), new Field("VersionId", versionId));
    }
  }

  /// Hayloft does not have it (yet); nothing was changed.
  ///
  /// @param feature the operation, header or parameter
  record NotImplemented(String message, String feature) implements S3Error {

    /// An operation, by its name in S3's documentation.
    public static NotImplemented operation(String name) {
      return new NotImplemented("The operation " + name + " is not implemented.", name);
    }

    public static NotImplemented header(String name) {
      return new NotImplemented("A header you provided implies functionality that is not implemented: " + name, name);
    }

    /// A field of a browser's form.
    public static NotImplemented field(String name) {
      return new NotImplemented("A form field you provided implies functionality that is not implemented: " + name,
          name);
    }

    public static NotImplemented parameter(String name) {
      return new NotImplemented("A query parameter you provided implies functionality that is not implemented: " + name,
          name);
    }

    @Override
    public int status() {
      return 501;
    }

    @Override
    public String code() {
      return "NotImplemented";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Feature", feature));
    }
  }

  /// @param condition the header that does not hold
  record PreconditionFailed(String condition) implements S3Error {
    @Override
    public int status() {
      return 412;
    }

    @Override
    public String code() {
      return "PreconditionFailed";
    }

    @Override
    public String message() {
      return "At least one of the pre-conditions you specified did not hold";
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Condition", condition));
    }
  }

  /// What authentication or the check of a payload says, in its own words.
  record Refused(int status, String code, String message, List<Field> fields) implements S3Error {
    public Refused {
      fields = List.copyOf(fields);
    }
  }

  /// Signed for a region that the store does not stand for. SDKs look for the right one in the header, as an answer
  /// to HEAD has no document, and sign again.
  record WrongRegion(String code, String message, String expected) implements S3Error {
    @Override
    public int status() {
      return 400;
    }

    @Override
    public List<Field> fields() {
      return List.of(new Field("Region", expected));
    }

    @Override
    public void addHeaders(HttpHeaders headers) {
      headers.set(BUCKET_REGION, expected);
    }
  }
}
