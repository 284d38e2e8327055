package hayloft.s3;

import hayloft.s3.access.AccessNeed;
import hayloft.s3.routing.S3Operation;

/// What each operation needs. What is not named here, every setting and every operation to come, is the bucket owner's.
/// [ACL permissions](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions)
final class AccessNeeds {

  private AccessNeeds() {}

  static AccessNeed of(S3Operation operation) {
    return switch (operation) {
      case LIST_BUCKETS, CREATE_BUCKET -> AccessNeed.ACCOUNT;
      case HEAD_BUCKET, LIST_OBJECTS, LIST_OBJECTS_V2, LIST_OBJECT_VERSIONS, LIST_MULTIPART_UPLOADS ->
        AccessNeed.LIST_BUCKET;
      case PUT_OBJECT, COPY_OBJECT, DELETE_OBJECT, DELETE_OBJECTS, CREATE_MULTIPART_UPLOAD, UPLOAD_PART,
          UPLOAD_PART_COPY, COMPLETE_MULTIPART_UPLOAD ->
        AccessNeed.WRITE_BUCKET;
      case GET_OBJECT, HEAD_OBJECT, GET_OBJECT_ATTRIBUTES -> AccessNeed.READ_OBJECT;
      case GET_OBJECT_ACL -> AccessNeed.READ_OBJECT_ACL;
      case PUT_OBJECT_ACL -> AccessNeed.WRITE_OBJECT_ACL;
      case GET_BUCKET_ACL -> AccessNeed.READ_BUCKET_ACL;
      case PUT_BUCKET_ACL -> AccessNeed.WRITE_BUCKET_ACL;
      case POST_OBJECT, LIST_PARTS, ABORT_MULTIPART_UPLOAD -> AccessNeed.JUDGED_LATER;
      default -> AccessNeed.BUCKET_OWNER;
    };
  }
}
