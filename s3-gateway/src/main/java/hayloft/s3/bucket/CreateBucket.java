package hayloft.s3.bucket;

import hayloft.common.Durability;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.durability.BucketDurability;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// `PUT /{bucket}`: creates a bucket that the user owns.
/// [CreateBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
///
/// Creating one's own bucket again succeeds in us-east-1 and is 409 elsewhere, as in S3; with another access control
/// list than it has it is 409 everywhere.
final class CreateBucket implements Operation {

  private final Catalog catalog;
  private final AccessDecision access;
  private final String region;

  CreateBucket(Catalog catalog, AccessDecision access, String region) {
    this.catalog = catalog;
    this.access = access;
    this.region = region;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String name = request.bucketName();
    if (!BucketName.isValid(name)) {
      throw new S3Exception(new S3Error.InvalidBucketName(name));
    }
    byte[] document = request.readDocument(S3Request.DOCUMENT_BYTES);
    String wanted = document.length == 0
        ? ""
        : request.parseXml(document, "CreateBucketConfiguration", CreateBucket::location);
    if (!wanted.isEmpty() && !wanted.equals(region) && !wanted.equals(BucketRegion.US_EAST_1)) {
      throw new S3Exception(S3Error.Plain.INVALID_LOCATION_CONSTRAINT);
    }
    String ownerId = request.user().id();
    Optional<AccessControlList> list = access.asked(request.headers(), ownerId, ownerId);
    Optional<Durability> own = BucketDurability.asked(request);
    BucketCreation creation = catalog.createBucket(name, ownerId, BucketRegion.kept(region, wanted), false, plain -> {
      Bucket listed = list.isPresent() ? AccessDecision.with(plain, list.get()) : plain;
      return listed.withDurability(own);
    });
    switch (creation) {
      case BucketCreation.Created _ -> {
        // with everything that was asked for
      }
      case BucketCreation.NameTaken(Bucket existing) -> {
        if (!existing.ownerId().equals(request.user().id())) {
          throw new S3Exception(new S3Error.BucketAlreadyExists(name));
        }
        if (!AccessDecision.listOf(existing).equals(list.orElse(AccessControlList.ofOwner(ownerId)))
            || own.isPresent() && !existing.durability().equals(own)) {
          throw new S3Exception(new S3Error.BucketAlreadyExists(name));
        }
        if (!region.equals(BucketRegion.US_EAST_1)) {
          throw new S3Exception(S3Error.Plain.BUCKET_ALREADY_OWNED_BY_YOU);
        }
      }
    }
    HttpHeaders headers = request.reply().headers(Durability.FSYNC);
    headers.set(HttpHeaderNames.LOCATION, "/" + name);
    request.reply().sendEmpty(200, headers);
  }

  private static String location(XmlElement root) throws MalformedXmlException {
    for (String unsupported : List.of("Location", "Bucket", "Tags")) {
      if (root.child(unsupported).isPresent()) {
        throw new S3Exception(new S3Error.NotImplemented(
            "CreateBucketConfiguration with " + unsupported + " is not implemented.", unsupported));
      }
    }
    return root.childText("LocationConstraint").orElse("").strip();
  }
}
