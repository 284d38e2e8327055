package hayloft.s3.object;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.filer.BodyReader;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.VersionSelector;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/// `PUT /{bucket}/{key}` with `x-amz-copy-source`: stores a copy of an object, with its metadata and tags or with new
/// ones. [CopyObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html)
///
/// Bytes are copied, because objects never share them; the copy has the ETag of a plain object, and a checksum of the
/// whole by the algorithm that the request names, or else its source's. The answer to a long copy begins before its
/// end, and then cannot name the version that is only made by it.
final class CopyObject implements Operation {

  private final Catalog catalog;
  private final AccessDecision access;
  private final Intake intake;
  private final Durability durability;

  CopyObject(Catalog catalog, AccessDecision access, Intake intake, Durability durability) {
    this.catalog = catalog;
    this.access = access;
    this.intake = intake;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    boolean newMetadata = replaces(request, "x-amz-metadata-directive", "Unknown metadata directive.");
    boolean newTags = replaces(request, "x-amz-tagging-directive", "Unknown tagging directive.");
    requireAnnotationDirective(request);
    Optional<ChecksumAlgorithm> algorithm = request.header("x-amz-checksum-algorithm").map(ChecksumNames::parse);
    CopySource source = CopySource.find(request, catalog, access);
    ObjectVersion original = source.version();
    Optional<String> storageClass = ObjectHeaders.storageClass(request);
    boolean changes = newMetadata || algorithm.isPresent()
        || storageClass.isPresent() && !storageClass.get().equals(original.attributes().storageClass());
    if (!changes && source.selector() instanceof VersionSelector.Latest && source.bucket().id() == request.bucket().id()
        && original.key().equals(request.key())) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "This copy request is illegal because it is trying to copy an object to itself without changing the object's "
              + "metadata, storage class, website redirect location or encryption attributes."));
    }
    if (original.sizeBytes() > CopySource.MAX_BYTES) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The specified copy source is larger than the maximum allowable size for a copy source: "
              + CopySource.MAX_BYTES));
    }
    ObjectDraft old = original.attributes();
    ObjectDraft draft = new ObjectDraft(newMetadata ? ObjectHeaders.system(request.headers()) : old.headers(),
        newMetadata ? ObjectHeaders.userMetadata(request.headers()) : old.userMetadata(),
        newTags ? ObjectHeaders.tags(request) : copiedTags(request, source), request.user().id(),
        storageClass.orElse("STANDARD"), Optional.empty(), request.aclOfObject());
    Precondition condition = WriteConditions.ofWrite(request);
    WriteReply.requireHope(request, catalog, condition);
    ChecksumAlgorithm sum = algorithm.or(() -> old.checksum().map(known -> known.algorithm()))
        .orElse(ChecksumAlgorithm.BY_DEFAULT);
    PutOutcome outcome;
    try (BodyReader reader = catalog.read(original, ByteRange.whole(original.sizeBytes()))) {
      outcome = intake.copy(reader,
          catalog.writeBody(request.bucket(), request.key(), request.durability(durability), request.body().claims()),
          Optional.of(sum), () -> request.reply().stillAtWork(() -> source.replyHeaders(request, durability)),
          (body, digests) -> catalog.put(request.bucket(), request.key(), draft.withChecksum(digests.checksum()),
              digests.etagHex(), body, condition, request.durability(durability)));
    }
    ObjectVersion copy = WriteReply.stored(request, outcome, condition);
    HttpHeaders headers = source.replyHeaders(request, durability);
    request.addNewVersionId(headers, copy.versionId());
    XmlWriter xml = new XmlWriter(512);
    xml.openRoot("CopyObjectResult");
    xml.time("LastModified", copy.modified());
    xml.etag(copy.etag());
    ChecksumNames.writeWithType(xml, copy.attributes().checksum());
    xml.close("CopyObjectResult");
    request.reply().sendXmlAtLast(headers, xml);
  }

  /// The source's tags, for who may read them there and write them here: neither comes with the right to read an
  /// object.
  ///
  /// @throws S3Exception AccessDenied
  private static Map<String, String> copiedTags(S3Request request, CopySource source) {
    Map<String, String> tags = source.version().attributes().tags();
    if (!tags.isEmpty()) {
      AccessDecision.require(source.bucket(), ObjectHeaders.TAGS, request.user());
      AccessDecision.require(request.bucket(), ObjectHeaders.TAGS, request.user());
    }
    return tags;
  }

  /// There are no annotations here, so that both words come to the same.
  private static void requireAnnotationDirective(S3Request request) {
    String header = "x-amz-object-annotation-directive";
    String directive = request.header(header).orElse("COPY");
    if (!directive.equals("COPY") && !directive.equals("EXCLUDE")) {
      throw new S3Exception(new S3Error.InvalidArgument("Unknown annotation directive.", header, directive));
    }
  }

  private static boolean replaces(S3Request request, String header, String complaint) {
    String directive = request.header(header).orElse("COPY");
    return switch (directive) {
      case "COPY" -> false;
      case "REPLACE" -> true;
      default -> throw new S3Exception(new S3Error.InvalidArgument(complaint, header, directive));
    };
  }
}
