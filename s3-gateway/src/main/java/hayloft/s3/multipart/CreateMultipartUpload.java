package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.Upload;
import hayloft.s3.access.Anonymous;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.object.ObjectHeaders;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// `POST /{bucket}/{key}?uploads`: begins an upload in parts.
/// [CreateMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html)
final class CreateMultipartUpload implements Operation {

  private final Catalog catalog;

  CreateMultipartUpload(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    if (Anonymous.is(request.user())) {
      throw new S3Exception(new S3Error.Refused(403, "AccessDenied",
          "Anonymous users cannot initiate multipart uploads.  Please authenticate.", List.of()));
    }
    Optional<ChecksumAlgorithm> algorithm = request.header("x-amz-checksum-algorithm").map(ChecksumNames::parse);
    boolean composite = isComposite(algorithm, request.header("x-amz-checksum-type"));
    Upload upload = catalog.createUpload(request.bucket(), request.key(), ObjectHeaders.draft(request), algorithm,
        composite);
    HttpHeaders headers = request.reply().headers(Durability.FSYNC);
    algorithm.ifPresent(name -> {
      headers.set("x-amz-checksum-algorithm", name.name());
      headers.set("x-amz-checksum-type", ChecksumNames.type(composite));
    });
    XmlWriter xml = new XmlWriter(512);
    xml.openRoot("InitiateMultipartUploadResult");
    xml.text("Bucket", request.bucketName());
    xml.text("Key", request.key());
    xml.text("UploadId", upload.uploadId());
    xml.close("InitiateMultipartUploadResult");
    request.reply().sendXml(headers, xml);
  }

  /// CRC64NVME is always over the whole object, digests and xxHash never are, the other CRCs are if the client says so.
  ///
  /// @throws S3Exception InvalidRequest
  static boolean isComposite(Optional<ChecksumAlgorithm> algorithm, Optional<String> type) {
    Optional<Boolean> asked = type.map(ChecksumNames::isComposite);
    if (algorithm.isEmpty()) {
      if (asked.isPresent()) {
        throw new S3Exception(new S3Error.InvalidRequest(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."));
      }
      return false;
    }
    boolean composite = asked.orElse(algorithm.get() != ChecksumAlgorithm.CRC64NVME);
    boolean possible = composite ? algorithm.get() != ChecksumAlgorithm.CRC64NVME : algorithm.get().joins();
    if (!possible) {
      throw new S3Exception(new S3Error.InvalidRequest("The " + ChecksumNames.type(composite)
          + " checksum type cannot be used with the " + ChecksumNames.lowerCase(algorithm.get())
          + " checksum algorithm."));
    }
    return composite;
  }
}
