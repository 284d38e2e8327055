package hayloft.s3.bucket;

import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.ContinuationToken;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.util.List;
import java.util.Optional;

/// `GET /`: the buckets that the user may use, by name.
/// [ListBuckets](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html)
///
/// All from memory, and yet on a fork: sorting and writing ten thousand takes milliseconds, which an event loop does
/// not have.
final class ListBuckets implements Operation {

  private static final int MAX_BUCKETS = 10_000;

  private final Catalog catalog;

  ListBuckets(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) {
    String prefix = request.query().text("prefix");
    Optional<String> region = request.query().find("bucket-region").filter(text -> !text.isEmpty());
    int limit = limit(request);
    Optional<String> after = request.query().find("continuation-token").map(ContinuationToken::read);
    List<Bucket> matching = catalog.buckets().stream()
        .filter(bucket -> AccessDecision.owns(request.user(), bucket))
        .filter(bucket -> bucket.name().startsWith(prefix))
        .filter(bucket -> region.isEmpty() || region.get().equals(BucketRegion.of(bucket)))
        .filter(bucket -> after.isEmpty() || bucket.name().compareTo(after.get()) > 0)
        .limit(limit + 1L).toList();
    List<Bucket> page = matching.subList(0, Math.min(limit, matching.size()));
    XmlWriter xml = request.document(512 + 160 * page.size());
    xml.openRoot("ListAllMyBucketsResult");
    Owners.write(xml, "Owner", request.user().id(), request.user().displayName());
    xml.open("Buckets");
    for (Bucket bucket : page) {
      xml.open("Bucket");
      xml.text("Name", bucket.name());
      xml.time("CreationDate", bucket.created());
      xml.text("BucketRegion", BucketRegion.of(bucket));
      xml.close("Bucket");
    }
    xml.close("Buckets");
    if (!prefix.isEmpty()) {
      xml.text("Prefix", prefix);
    }
    if (matching.size() > page.size()) {
      xml.text("ContinuationToken", ContinuationToken.of(page.getLast().name()));
    }
    xml.close("ListAllMyBucketsResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }

  private static int limit(S3Request request) {
    int limit = request.query().number("max-buckets", Integer.MAX_VALUE, MAX_BUCKETS);
    if (limit == 0 || limit > MAX_BUCKETS) {
      throw new S3Exception(new S3Error.InvalidArgument("max-buckets must be between 1 and 10000", "max-buckets",
          request.query().text("max-buckets")));
    }
    return limit;
  }
}
