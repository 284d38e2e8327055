package hayloft.s3.multipart;

import hayloft.filer.Catalog;
import hayloft.filer.ListedUpload;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.listing.Contents;
import hayloft.s3.listing.KeyText;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.AnswerPage;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// `GET /{bucket}?uploads`: a page of the uploads under way.
/// [ListMultipartUploads](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html)
final class ListMultipartUploads implements Operation {

  private static final int MAX_UPLOADS = 1000;

  /// What a document has of an upload, at the most, but for its key, owner and initiator, in bytes.
  private static final int UPLOAD_BYTES = 272;

  private final Catalog catalog;

  ListMultipartUploads(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String prefix = request.query().text("prefix");
    String delimiter = request.query().text("delimiter");
    String keyMarker = request.query().text("key-marker");
    String uploadMarker = keyMarker.isEmpty() ? "" : request.query().text("upload-id-marker"); // ignored alone, says S3
    if (!uploadMarker.isEmpty() && !UploadQuery.isMarker(uploadMarker)) {
      throw new S3Exception(
          new S3Error.InvalidArgument("Invalid uploadId marker", "upload-id-marker", uploadMarker));
    }
    int limit = request.query().limit("max-uploads", MAX_UPLOADS);
    ToIntFunction<String> nameBytes = KeyText.bytes(request);
    AnswerPage room = request.claimPage(
        Contents.bytesAround(nameBytes, prefix, delimiter, keyMarker, uploadMarker),
        UPLOAD_BYTES + 2 * Owners.usualBytes("Initiator", request.bucket().ownerId(), catalog), nameBytes);
    UploadPage page = catalog.listUploads(request.bucket(),
        new UploadQuery(prefix, delimiter, present(keyMarker), present(uploadMarker), limit, room));
    XmlWriter xml = request.document(room);
    KeyText keys = new KeyText(xml, request);
    xml.openRoot("ListMultipartUploadsResult");
    xml.text("Bucket", request.bucketName());
    keys.write("KeyMarker", keyMarker);
    xml.text("UploadIdMarker", uploadMarker);
    page.next().ifPresent(next -> {
      keys.write("NextKeyMarker", next.key());
      xml.text("NextUploadIdMarker", next.uploadId());
    });
    keys.write("Prefix", prefix);
    keys.writeIfPresent("Delimiter", present(delimiter));
    keys.writeEncodingType();
    xml.number("MaxUploads", limit);
    xml.flag("IsTruncated", page.next().isPresent());
    for (ListedUpload upload : page.uploads()) {
      xml.open("Upload");
      keys.write("Key", upload.key());
      xml.text("UploadId", upload.uploadId());
      Owners.write(xml, "Initiator", upload.ownerId(), catalog);
      Owners.write(xml, "Owner", upload.ownerId(), catalog);
      xml.text("StorageClass", upload.storageClass());
      xml.time("Initiated", upload.initiated());
      upload.checksum().ifPresent(kind -> ChecksumNames.writeKind(xml, kind));
      xml.close("Upload");
    }
    keys.writeCommonPrefixes(page.commonPrefixes());
    xml.close("ListMultipartUploadsResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }

  private static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
