package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.PartChoice;
import hayloft.filer.Precondition;
import hayloft.filer.Upload;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.PartSums;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.ReadConditions;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// `POST /{bucket}/{key}?uploadId`: joins parts into an object.
/// [CompleteMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html)
///
/// One commit, so the answer is never slow enough to need bytes that keep the connection alive.
final class CompleteMultipartUpload implements Operation {

  private static final int MAX_DOCUMENT_BYTES = 4 << 20; // 10,000 parts with ETag and SHA-256, and as much white space
  private static final long MIN_PART_BYTES = 5L << 20;
  private static final long MAX_OBJECT_BYTES = 5L << 40;

  private final Catalog catalog;
  private final ChecksumSource checksums;
  private final Durability durability;

  CompleteMultipartUpload(Catalog catalog, ChecksumSource checksums, Durability durability) {
    this.catalog = catalog;
    this.checksums = checksums;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    List<PartChoice> choices = request.readXmlOfObject("CompleteMultipartUpload", MAX_DOCUMENT_BYTES,
        CompleteMultipartUpload::read);
    Precondition condition = WriteConditions.ofWrite(request);
    Optional<Upload> upload = Uploads.findIfThere(request, catalog);
    Optional<ObjectChecksum> checksum = upload.isPresent()
        ? checksum(request, upload.get(), choices)
        : Optional.empty(); // gone, or completed before: the catalog knows
    ObjectVersion version = completed(request, condition, catalog.completeUpload(request.bucket(), request.key(),
        Uploads.id(request), choices, checksum, condition));
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    request.addNewVersionId(headers, version.versionId());
    XmlWriter xml = new XmlWriter(768);
    xml.openRoot("CompleteMultipartUploadResult");
    xml.text("Location", request.objectUrl());
    xml.text("Bucket", request.bucketName());
    xml.text("Key", request.key());
    xml.etag(version.etag());
    ChecksumNames.writeWithType(xml, version.attributes().checksum());
    xml.close("CompleteMultipartUploadResult");
    request.reply().sendXml(headers, xml);
  }

  private static ObjectVersion completed(S3Request request, Precondition condition, CompleteOutcome outcome) {
    return switch (outcome) {
      case CompleteOutcome.Completed(ObjectVersion version) -> version;
      case CompleteOutcome.NoSuchUpload _ -> throw Uploads.gone(request);
      case CompleteOutcome.InvalidPartOrder _ -> throw new S3Exception(S3Error.Plain.INVALID_PART_ORDER);
      case CompleteOutcome.InvalidPart _ -> throw new S3Exception(S3Error.Plain.INVALID_PART);
      case CompleteOutcome.PartTooSmall(Part part) -> throw new S3Exception(
          new S3Error.EntityTooSmall(part.number(), part.etag(), part.sizeBytes(), MIN_PART_BYTES));
      case CompleteOutcome.Refused(Precondition.Verdict verdict) -> throw new S3Exception(
          WriteConditions.error(verdict, condition, request.key()));
      case CompleteOutcome.BucketGone _ -> throw new S3Exception(new S3Error.NoSuchBucket(request.bucketName()));
      case CompleteOutcome.TooLarge(long sizeBytes) -> throw new S3Exception(
          new S3Error.EntityTooLarge(sizeBytes, MAX_OBJECT_BYTES));
    };
  }

  /// The checksum of the whole, from those of the parts, held against what the client says it is.
  private Optional<ObjectChecksum> checksum(S3Request request, Upload upload, List<PartChoice> choices)
      throws IOException {
    Map<Integer, Part> stored = new HashMap<>();
    for (Part part : catalog.listParts(request.bucket(), upload, 0, Uploads.MAX_PARTS)) {
      stored.put(part.number(), part);
    }
    List<Part> chosen = new ArrayList<>();
    for (PartChoice choice : choices) {
      Part part = stored.get(choice.number());
      if (part == null) {
        return Optional.empty(); // the catalog answers InvalidPart
      }
      chosen.add(part);
    }
    requireSize(request, chosen);
    Optional<ObjectChecksum> computed = upload.checksum()
        .flatMap(algorithm -> PartSums.join(checksums, algorithm, upload.composite(), chosen));
    requireType(request, upload);
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      Optional<String> claimed = request.header(ChecksumNames.header(algorithm));
      if (claimed.isPresent()) {
        requireEqual(algorithm, claimed.get(), computed);
      }
    }
    return computed;
  }

  private static void requireSize(S3Request request, List<Part> chosen) {
    Optional<String> claimed = request.header("x-amz-mp-object-size");
    if (claimed.isPresent() && WriteConditions.size("x-amz-mp-object-size", claimed.get()) != chosen.stream()
        .mapToLong(Part::sizeBytes).sum()) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The provided 'x-amz-mp-object-size' header value does not match what was computed."));
    }
  }

  private static void requireType(S3Request request, Upload upload) {
    Optional<String> claimed = request.header("x-amz-checksum-type");
    if (claimed.isPresent() && upload.checksum().isPresent()
        && !claimed.get().equals(ChecksumNames.type(upload.composite()))) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The checksum type of the upload is " + ChecksumNames.type(upload.composite()) + ", not " + claimed.get()));
    }
  }

  private static void requireEqual(ChecksumAlgorithm algorithm, String claimed, Optional<ObjectChecksum> computed) {
    if (computed.isEmpty() || computed.get().algorithm() != algorithm) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The upload was not created with the checksum algorithm " + algorithm + ", or not all parts have one."));
    }
    String value = computed.get().base64();
    int dash = value.indexOf('-');
    if (!claimed.equals(value) && (dash < 0 || !claimed.equals(value.substring(0, dash)))) {
      throw new S3Exception(S3Error.Plain.BAD_DIGEST);
    }
  }

  /// A number that comes twice in a row is a part that the client sent again, and of which it kept both ETags: the later entry counts.
  private static List<PartChoice> read(XmlElement root) throws MalformedXmlException {
    List<PartChoice> choices = new ArrayList<>();
    for (XmlElement part : root.children("Part")) {
      String number = part.childText("PartNumber").orElseThrow(() -> new MalformedXmlException("no PartNumber"));
      String etag = part.childText("ETag").orElseThrow(() -> new MalformedXmlException("no ETag"));
      Optional<String> checksum = Optional.empty();
      for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
        checksum = checksum.or(() -> text(part, ChecksumNames.element(algorithm)));
      }
      var choice = new PartChoice(number(number.strip()), ReadConditions.unquote(etag), checksum);
      if (!choices.isEmpty() && choices.getLast().number() == choice.number()) {
        choices.removeLast();
      }
      choices.add(choice);
    }
    if (choices.isEmpty() || choices.size() > Uploads.MAX_PARTS) {
      throw new MalformedXmlException(choices.size() + " parts, not 1 to " + Uploads.MAX_PARTS);
    }
    return choices;
  }

  private static Optional<String> text(XmlElement part, String name) {
    return part.children(name).stream().map(XmlElement::text).filter(value -> !value.isEmpty()).findFirst();
  }

  private static int number(String text) throws MalformedXmlException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      throw new MalformedXmlException("no part number: " + text);
    }
  }
}
