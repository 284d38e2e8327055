package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.filer.ListQuery;
import hayloft.filer.ObjectPage;
import hayloft.s3.request.AnswerPage;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// `GET /{bucket}`: a page of a bucket's objects, continued after a marker.
/// [ListObjects](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html)
final class ListObjects implements Operation {

  static final int MAX_KEYS = 1000;

  private final Catalog catalog;

  ListObjects(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String prefix = request.query().text("prefix");
    String delimiter = request.query().text("delimiter");
    String marker = request.query().text("marker");
    int limit = request.query().limit("max-keys", MAX_KEYS);
    ToIntFunction<String> nameBytes = KeyText.bytes(request);
    AnswerPage room = request.claimPage(Contents.bytesAround(nameBytes, prefix, delimiter, marker),
        Contents.OBJECT_BYTES + Owners.usualBytes("Owner", request.bucket().ownerId(), catalog), nameBytes);
    ObjectPage page = catalog.list(request.bucket(),
        new ListQuery(prefix, delimiter, Optional.of(marker).filter(text -> !text.isEmpty()), limit, room));
    XmlWriter xml = request.document(room);
    KeyText keys = new KeyText(xml, request);
    xml.openRoot("ListBucketResult");
    xml.text("Name", request.bucketName());
    keys.writeUndecoded("Prefix", prefix); // boto3 asks for the encoding by itself and takes Prefix as it comes
    keys.write("Marker", marker);
    if (!delimiter.isEmpty()) {
      keys.writeIfPresent("NextMarker", page.next()); // without a delimiter the last key is the marker, says S3
    }
    xml.number("MaxKeys", limit);
    keys.writeIfPresent("Delimiter", Optional.of(delimiter).filter(text -> !text.isEmpty()));
    keys.writeEncodingType();
    xml.flag("IsTruncated", page.next().isPresent());
    Contents.write(xml, keys, page, true, catalog);
    xml.close("ListBucketResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }
}
