package hayloft.s3.multipart;

import hayloft.filer.Catalog;
import hayloft.filer.Part;
import hayloft.filer.Upload;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.listing.Contents;
import hayloft.s3.listing.KeyText;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.List;

/// `GET /{bucket}/{key}?uploadId`: a page of the parts that an upload has.
/// [ListParts](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html)
final class ListParts implements Operation {

  private static final int PAGE = 1000;
  /// What a document has of a part, at the most, in bytes.
  private static final int PART_BYTES = 320;

  private final Catalog catalog;

  ListParts(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    int limit = request.query().limit("max-parts", PAGE);
    int marker = request.query().number("part-number-marker", Uploads.MAX_PARTS, 0);
    int documentBytes = Contents.bytesAround(KeyText.bytes(request), request.key())
        + 2 * Owners.usualBytes("Initiator", request.bucket().ownerId(), catalog) + PART_BYTES * limit;
    request.claimParts(2 * (limit + 1), documentBytes); // twice: once they are written, their checksums are text too
    Upload upload = Uploads.find(request, catalog);
    List<Part> parts = catalog.listParts(request.bucket(), upload, marker, limit + 1);
    List<Part> page = parts.subList(0, Math.min(limit, parts.size()));
    String ownerId = upload.attributes().ownerId();
    XmlWriter xml = request.document(documentBytes - PART_BYTES * (limit - page.size()));
    KeyText keys = new KeyText(xml, request);
    xml.openRoot("ListPartsResult");
    xml.text("Bucket", request.bucketName());
    keys.write("Key", request.key());
    xml.text("UploadId", upload.uploadId());
    Owners.write(xml, "Initiator", ownerId, catalog);
    Owners.write(xml, "Owner", ownerId, catalog);
    xml.text("StorageClass", upload.attributes().storageClass());
    xml.number("PartNumberMarker", marker);
    xml.number("NextPartNumberMarker", page.isEmpty() ? marker : page.getLast().number());
    xml.number("MaxParts", limit);
    xml.flag("IsTruncated", limit > 0 && parts.size() > page.size());
    keys.writeEncodingType();
    upload.checksum().ifPresent(algorithm -> {
      xml.text("ChecksumAlgorithm", algorithm.name());
      xml.text("ChecksumType", ChecksumNames.type(upload.composite()));
    });
    for (Part part : page) {
      xml.open("Part");
      xml.number("PartNumber", part.number());
      xml.time("LastModified", part.modified());
      xml.etag(part.etag());
      xml.number("Size", part.sizeBytes());
      ChecksumNames.write(xml, part.checksum());
      xml.close("Part");
    }
    xml.close("ListPartsResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }
}
