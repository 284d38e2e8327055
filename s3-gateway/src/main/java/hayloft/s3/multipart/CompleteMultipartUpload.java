package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.common.http.EntityTags;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.PartChoice;
import hayloft.filer.Precondition;
import hayloft.filer.Upload;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.ChecksumValue;
import hayloft.s3.checksum.PartSums;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
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

  private static final int MAX_DOCUMENT_BYTES = 4 << 20; // 10,000 parts with ETag and SHA-512, and some white space
  private static final int PAGE = 100;
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
    request.header(ChecksumNames.SDK_ALGORITHM).ifPresent(ChecksumNames::parse);
    Precondition condition = WriteConditions.ofWrite(request);
    Optional<Upload> upload = Uploads.findIfThere(request, catalog);
    Optional<ObjectChecksum> checksum = Optional.empty();
    if (upload.isPresent()) {
      checksum = checksum(request, upload.get(), choices);
    } else { // gone, or completed before: the catalog knows, by the parts of what came of it
      request.claimParts(Uploads.MAX_PARTS);
    }
    ObjectVersion version = completed(request, condition, catalog.completeUpload(request.bucket(), request.key(),
        Uploads.id(request), choices, checksum, condition));
    if (upload.isEmpty()) { // it was completed before: what is claimed is held against what came of it
      requireSize(request, version.sizeBytes());
      requireType(request, version.attributes().checksum().map(ObjectChecksum::composite).orElse(false));
      requireClaimed(request, version.attributes().checksum());
      requirePartSums(version.attributes().checksum(), choices, catalog.parts(version));
    }
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
      case CompleteOutcome.Completed(ObjectVersion version) -> {
        if (!Uploads.mayContinue(request, version.attributes())) {
          throw AccessDecision.denied(); // somebody else's, and over already
        }
        yield version;
      }
      case CompleteOutcome.NoSuchUpload _ -> throw Uploads.gone(request);
      case CompleteOutcome.InvalidPartOrder _ -> throw new S3Exception(S3Error.Plain.INVALID_PART_ORDER);
      case CompleteOutcome.InvalidPart _ -> throw new S3Exception(S3Error.Plain.INVALID_PART);
      case CompleteOutcome.PartTooSmall(Part part) -> throw new S3Exception(
          new S3Error.EntityTooSmall(part.number(), part.etag(), part.sizeBytes(), MIN_PART_BYTES));
      case CompleteOutcome.Refused(Precondition.Verdict verdict) -> throw new S3Exception(
          WriteConditions.error(request, verdict, condition, request.key()));
      case CompleteOutcome.BucketGone _ -> throw new S3Exception(new S3Error.NoSuchBucket(request.bucketName()));
      case CompleteOutcome.TooLarge(long sizeBytes) -> throw new S3Exception(
          new S3Error.EntityTooLarge(sizeBytes, MAX_OBJECT_BYTES));
    };
  }

  /// The checksum of the whole, from those of the parts, held against what the client says it is.
  private Optional<ObjectChecksum> checksum(S3Request request, Upload upload, List<PartChoice> choices)
      throws IOException {
    Map<Integer, Part> stored = stored(request, upload, choices.size());
    List<Part> chosen = new ArrayList<>();
    for (PartChoice choice : choices) {
      Part part = stored.get(choice.number());
      if (part == null) {
        return Optional.empty(); // the catalog answers InvalidPart
      }
      chosen.add(part);
    }
    requireSize(request, chosen.stream().mapToLong(Part::sizeBytes).sum());
    requireType(request, upload.checksum().isPresent() && upload.composite());
    Optional<ObjectChecksum> computed = upload.checksum().isPresent()
        ? PartSums.join(checksums, upload.checksum().get(), upload.composite(), chosen)
        : PartSums.joinByDefault(checksums, chosen);
    requireClaimed(request, computed); // before the parts': a client that errs in both hears of the whole
    choices.forEach(choice -> requirePartSum(upload.checksum(), upload.composite(), choice));
    return computed;
  }

  /// All parts, a page at a time: each has its room before it is read. That of the chosen ones is taken at once, since
  /// completions that had some of it and waited for the rest would keep it from each other.
  private Map<Integer, Part> stored(S3Request request, Upload upload, int chosen) throws IOException {
    Map<Integer, Part> stored = new HashMap<>();
    List<Part> page;
    int last = 0;
    int claimed = chosen + PAGE;
    request.claimRows(claimed); // not as parts: the catalog reads them once more, with where their bytes lie
    do {
      if (stored.size() + PAGE > claimed) {
        request.claimRows(PAGE);
        claimed += PAGE;
      }
      page = catalog.listParts(request.bucket(), upload, last, PAGE);
      for (Part part : page) {
        stored.put(part.number(), part);
        last = part.number();
      }
    } while (page.size() == PAGE);
    return stored;
  }

  /// A composite checksum is one of what the client says the parts' are. Whether it says the truth the catalog knows.
  ///
  /// @param ofUpload the algorithm that it was begun with
  private static void requirePartSum(Optional<ChecksumAlgorithm> ofUpload, boolean composite, PartChoice choice) {
    if (ofUpload.isEmpty()) {
      return;
    }
    ChecksumAlgorithm algorithm = ofUpload.get();
    if (choice.checksum().isEmpty()) {
      if (composite) {
        throw new S3Exception(new S3Error.InvalidRequest("The upload was created using a "
            + ChecksumNames.lowerCase(algorithm) + " checksum. The complete request must include the checksum for each "
            + "part. It was missing for part " + choice.number() + " in the request."));
      }
    } else if (choice.checksum().get().algorithm() != algorithm) {
      throw new S3Exception(new S3Error.Refused(400, "BadDigest",
          "The " + ChecksumNames.lowerCase(choice.checksum().get().algorithm()) + " you specified for part "
              + choice.number() + " did not match what we received.",
          List.of()));
    }
  }

  /// Of an upload that was completed before: what the client says the parts' are is held against what the object keeps
  /// of them. Of an upload without an algorithm it keeps what was sent with the parts, and the rest is known in sum.
  ///
  /// @param whole the object's
  /// @param parts those of the choices, in the same order
  private void requirePartSums(Optional<ObjectChecksum> whole, List<PartChoice> choices, List<Part> parts) {
    ChecksumAlgorithm algorithm = whole.map(ObjectChecksum::algorithm).orElse(ChecksumAlgorithm.BY_DEFAULT);
    boolean kept = parts.stream().allMatch(part -> isOf(algorithm, part.checksum()));
    Optional<ChecksumAlgorithm> ofUpload = kept ? Optional.of(algorithm) : Optional.empty();
    boolean composite = whole.map(ObjectChecksum::composite).orElse(false);
    List<Part> told = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Part part = parts.get(i);
      Optional<ObjectChecksum> claimed = choices.get(i).checksum();
      requirePartSum(ofUpload, composite, choices.get(i));
      boolean forgotten = isOf(algorithm, claimed) && !isOf(algorithm, part.checksum());
      if (claimed.isPresent() && !forgotten && !claimed.equals(part.checksum())) {
        throw new S3Exception(S3Error.Plain.INVALID_PART);
      }
      told.add(new Part(part.number(), part.sizeBytes(), part.etag(), part.modified(),
          forgotten ? claimed : part.checksum()));
    }
    if (!kept && whole.isPresent()) {
      Optional<ObjectChecksum> joined = PartSums.join(checksums, algorithm, composite, told);
      if (joined.isPresent() && !joined.equals(whole)) {
        throw new S3Exception(S3Error.Plain.INVALID_PART);
      }
    }
  }

  private static boolean isOf(ChecksumAlgorithm algorithm, Optional<ObjectChecksum> sum) {
    return sum.isPresent() && sum.get().algorithm() == algorithm;
  }

  private static void requireSize(S3Request request, long sizeBytes) {
    Optional<String> claimed = request.header("x-amz-mp-object-size");
    if (claimed.isPresent() && WriteConditions.size("x-amz-mp-object-size", claimed.get()) != sizeBytes) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The provided 'x-amz-mp-object-size' header value does not match what was computed."));
    }
  }

  private static void requireType(S3Request request, boolean composite) {
    Optional<Boolean> claimed = request.header("x-amz-checksum-type").map(ChecksumNames::isComposite);
    if (claimed.isPresent() && claimed.get() != composite) {
      throw new S3Exception(new S3Error.InvalidRequest("The upload was created using the "
          + ChecksumNames.type(composite) + " checksum mode. The complete request must use the same checksum mode."));
    }
  }

  private static void requireClaimed(S3Request request, Optional<ObjectChecksum> computed) {
    Optional<ChecksumAlgorithm> claimed = Optional.empty();
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (request.header(ChecksumNames.header(algorithm)).isPresent()) {
        if (claimed.isPresent()) {
          throw new S3Exception(new S3Error.InvalidRequest(ChecksumNames.SEVERAL));
        }
        claimed = Optional.of(algorithm);
      }
    }
    if (claimed.isPresent()) {
      ChecksumAlgorithm algorithm = claimed.get();
      request.header(ChecksumNames.header(algorithm)).ifPresent(value -> requireEqual(algorithm, value, computed));
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

  /// A number that comes twice in a row is a part that the client sent again, and of which it kept both ETags: the
  /// later entry counts.
  ///
  /// @throws S3Exception InvalidPartOrder, InvalidArgument
  private static List<PartChoice> read(XmlElement root) throws MalformedXmlException {
    List<PartChoice> choices = new ArrayList<>();
    for (XmlElement part : root.children("Part")) {
      String number = part.childText("PartNumber").orElseThrow(() -> new MalformedXmlException("no PartNumber"));
      String etag = part.childText("ETag").orElseThrow(() -> new MalformedXmlException("no ETag"));
      var choice = new PartChoice(number(number.strip()), EntityTags.weak(etag), partSum(part));
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

  /// @throws S3Exception InvalidArgument
  private static Optional<ObjectChecksum> partSum(XmlElement part) {
    Optional<ObjectChecksum> found = Optional.empty();
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      for (XmlElement element : part.children(ChecksumNames.element(algorithm))) {
        String base64 = element.text().strip();
        if (base64.isEmpty()) {
          continue;
        }
        if (found.isPresent() || !ChecksumValue.isPossible(algorithm, base64)) {
          throw new S3Exception(new S3Error.InvalidArgument(
              "Invalid Base64 or multiple checksums present in request", "Checksum", base64));
        }
        found = Optional.of(new ObjectChecksum(algorithm, base64, false));
      }
    }
    return found;
  }

  private static int number(String text) throws MalformedXmlException {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException _) {
      throw new MalformedXmlException("no part number: " + text);
    }
  }
}
