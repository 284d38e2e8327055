package hayloft.s3.object;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Query;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.Timestamps;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `GET /{bucket}/{key}?attributes`: chosen facts about a version, among them its parts.
/// [GetObjectAttributes](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html)
final class GetObjectAttributes implements Operation {

  private static final String WANTED = "x-amz-object-attributes";
  private static final Set<String> KNOWN = Set.of("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize");
  private static final int MAX_PARTS = 1000;
  /// What a document has besides parts, at the most, in bytes.
  private static final int BYTES_AROUND = 1024;
  /// What it has of each of them.
  private static final int PART_BYTES = 208;

  private final Catalog catalog;

  GetObjectAttributes(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Set<String> wanted = wanted(request);
    int limit = Math.min(number(request, "x-amz-max-parts", MAX_PARTS), MAX_PARTS);
    int marker = number(request, "x-amz-part-number-marker", 0);
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    boolean withParts = wanted.contains("ObjectParts") && version.partCount() > 0;
    int documentBytes = BYTES_AROUND + (withParts ? PART_BYTES * Math.min(limit, version.partCount()) : 0);
    request.claimParts(withParts ? version.partCount() : 0, documentBytes);
    Optional<PartPage> parts = withParts
        ? Optional.of(PartPage.of(catalog.parts(version), marker, limit))
        : Optional.empty();
    XmlWriter xml = request.document(documentBytes);
    xml.openRoot("GetObjectAttributesResponse");
    if (wanted.contains("ETag")) {
      xml.text("ETag", version.etag()); // without quotes, unlike everywhere else
    }
    if (wanted.contains("Checksum") && version.attributes().checksum().isPresent()) {
      xml.open("Checksum");
      ChecksumNames.writeWithType(xml, version.attributes().checksum());
      xml.close("Checksum");
    }
    parts.ifPresent(page -> page.write(xml));
    if (wanted.contains("StorageClass")) {
      xml.text("StorageClass", version.attributes().storageClass());
    }
    if (wanted.contains("ObjectSize")) {
      xml.number("ObjectSize", version.sizeBytes());
    }
    xml.close("GetObjectAttributesResponse");
    HttpHeaders headers = request.reply().headers();
    headers.set(HttpHeaderNames.LAST_MODIFIED, Timestamps.http(version.modified()));
    request.addVersionId(headers, version.versionId());
    request.reply().sendXml(headers, xml);
  }

  private static Set<String> wanted(S3Request request) {
    Set<String> wanted = new HashSet<>();
    for (String value : request.headers().getAll(WANTED)) {
      for (String name : value.split(",", -1)) {
        wanted.add(name.strip());
      }
    }
    if (wanted.isEmpty() || !KNOWN.containsAll(wanted)) {
      throw new S3Exception(new S3Error.InvalidArgument("Invalid attribute name specified.", WANTED,
          String.join(",", request.headers().getAll(WANTED))));
    }
    return wanted;
  }

  /// @throws S3Exception InvalidArgument if it is not an integer of 0 or more
  private static int number(S3Request request, String header, int byDefault) {
    Optional<String> text = request.header(header);
    return text.isPresent() ? Query.count(header, text.get()) : byDefault;
  }

  private record PartPage(List<Part> parts, int marker, int limit, int total, boolean truncated) {

    static PartPage of(List<Part> all, int marker, int limit) {
      List<Part> after = all.stream().filter(part -> part.number() > marker).toList();
      return new PartPage(after.subList(0, Math.min(limit, after.size())), marker, limit, all.size(),
          limit > 0 && after.size() > limit);
    }

    void write(XmlWriter xml) {
      xml.open("ObjectParts");
      xml.number("PartsCount", total);
      xml.number("PartNumberMarker", marker);
      xml.number("NextPartNumberMarker", parts.isEmpty() ? 0 : parts.getLast().number());
      xml.number("MaxParts", limit);
      xml.flag("IsTruncated", truncated);
      for (Part part : parts) {
        xml.open("Part");
        xml.number("PartNumber", part.number());
        xml.number("Size", part.sizeBytes());
        ChecksumNames.write(xml, part.checksum());
        xml.close("Part");
      }
      xml.close("ObjectParts");
    }
  }
}
