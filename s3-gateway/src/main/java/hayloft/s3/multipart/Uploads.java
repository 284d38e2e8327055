package hayloft.s3.multipart;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import hayloft.filer.Part;
import hayloft.filer.PartOutcome;
import hayloft.filer.Upload;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import java.io.IOException;
import java.util.Optional;

/// What the operations on an upload under way have in common.
final class Uploads {

  static final int MAX_PARTS = 10_000;

  private Uploads() {}

  static String id(S3Request request) {
    return request.query().text("uploadId");
  }

  /// @throws S3Exception NoSuchUpload, AccessDenied
  static Upload find(S3Request request, Catalog catalog) throws IOException {
    return findIfThere(request, catalog).orElseThrow(() -> gone(request));
  }

  /// An upload that the user may continue: one that it began itself, or in a bucket of its own.
  ///
  /// @throws S3Exception AccessDenied
  static Optional<Upload> findIfThere(S3Request request, Catalog catalog) throws IOException {
    Optional<Upload> upload = catalog.findUpload(request.bucket(), request.key(), id(request));
    if (upload.isPresent() && !mayContinue(request, upload.get().attributes())) {
      throw AccessDecision.denied();
    }
    return upload;
  }

  /// @param attributes of an upload, or of the object that it became
  static boolean mayContinue(S3Request request, ObjectDraft attributes) {
    return request.ownsBucket() || attributes.ownerId().equals(request.user().id());
  }

  /// NoSuchUpload, or AccessDenied to who may not learn which uploads there are.
  static S3Exception gone(S3Request request) {
    return AccessDecision.mayList(request.bucket(), request.user())
        ? new S3Exception(new S3Error.NoSuchUpload(id(request)))
        : AccessDecision.denied();
  }

  /// @throws S3Exception InvalidArgument
  static int partNumber(S3Request request) {
    int number = request.query().limit("partNumber", Integer.MAX_VALUE);
    if (number < 1 || number > MAX_PARTS || request.query().text("partNumber").isEmpty()) {
      throw new S3Exception(
          new S3Error.InvalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
              request.query().text("partNumber")));
    }
    return number;
  }

  /// @throws S3Exception InvalidRequest if a part was summed with another algorithm than its upload's
  static void requireAlgorithm(Upload upload, Optional<ObjectChecksum> checksum) {
    if (upload.checksum().isPresent() && checksum.isPresent()
        && checksum.get().algorithm() != upload.checksum().get()) {
      throw new S3Exception(new S3Error.InvalidRequest("Checksum Type mismatch occurred, expected checksum Type: "
          + ChecksumNames.lowerCase(upload.checksum().get()) + ", actual checksum Type: "
          + ChecksumNames.lowerCase(checksum.get().algorithm())));
    }
  }

  /// @throws S3Exception NoSuchUpload
  static Part stored(S3Request request, PartOutcome outcome) {
    return switch (outcome) {
      case PartOutcome.Stored(Part part) -> part;
      case PartOutcome.NoSuchUpload _ -> throw gone(request);
    };
  }
}
