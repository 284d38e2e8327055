package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.filer.ListQuery;
import hayloft.filer.ObjectPage;
import hayloft.s3.request.AnswerPage;
import hayloft.s3.request.ContinuationToken;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// `GET /{bucket}?list-type=2`: a page of a bucket's objects, continued with a token.
/// [ListObjectsV2](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
final class ListObjectsV2 implements Operation {

  private final Catalog catalog;

  ListObjectsV2(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String prefix = request.query().text("prefix");
    String delimiter = request.query().text("delimiter");
    Optional<String> token = request.query().find("continuation-token");
    Optional<String> startAfter = request.query().find("start-after").filter(text -> !text.isEmpty());
    boolean fetchOwner = request.query().text("fetch-owner").equalsIgnoreCase("true");
    int limit = request.query().limit("max-keys", ListObjects.MAX_KEYS);
    ToIntFunction<String> nameBytes = KeyText.bytes(request);
    Optional<String> after = token.filter(text -> !text.isEmpty()).map(ContinuationToken::read).or(() -> startAfter);
    AnswerPage room = request.claimPage(
        Contents.bytesAround(nameBytes, prefix, delimiter, token.orElse(""), startAfter.orElse("")),
        Contents.OBJECT_BYTES + (fetchOwner ? Owners.usualBytes("Owner", request.bucket().ownerId(), catalog) : 0),
        nameBytes);
    ObjectPage page = catalog.list(request.bucket(), new ListQuery(prefix, delimiter, after, limit, room));
    XmlWriter xml = request.document(room);
    KeyText keys = new KeyText(xml, request);
    xml.openRoot("ListBucketResult");
    xml.text("Name", request.bucketName());
    keys.write("Prefix", prefix);
    keys.writeIfPresent("StartAfter", startAfter);
    token.ifPresent(text -> xml.text("ContinuationToken", text));
    page.next().ifPresent(next -> xml.text("NextContinuationToken", ContinuationToken.of(next)));
    xml.number("KeyCount", page.objects().size() + page.commonPrefixes().size());
    xml.number("MaxKeys", limit);
    keys.writeIfPresent("Delimiter", Optional.of(delimiter).filter(text -> !text.isEmpty()));
    keys.writeEncodingType();
    xml.flag("IsTruncated", page.next().isPresent());
    Contents.write(xml, keys, page, fetchOwner, catalog);
    xml.close("ListBucketResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }
}
