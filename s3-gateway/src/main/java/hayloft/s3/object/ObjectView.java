package hayloft.s3.object;

import hayloft.common.ByteRange;
import hayloft.common.http.HeaderLines;
import hayloft.common.http.RangeHeader;
import hayloft.common.http.ReadConditions;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.s3.access.Anonymous;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// What GetObject and HeadObject answer with for a version: status, headers and the range of its bytes. Immutable, but
/// for the headers, which the answer takes.
///
/// @param status 200, 206 or 304
record ObjectView(int status, HttpHeaders headers, ByteRange range) {

  private static final String OVERRIDE = "response-";

  private static final List<String> OVERRIDDEN = List.of("cache-control", "content-disposition", "content-encoding",
      "content-language", "content-type", "expires");

  /// Judges conditions first, then ranges.
  ///
  /// @param parts what [hayloft.filer.Catalog#parts] says, if the request has a `partNumber`
  /// @throws S3Exception PreconditionFailed, InvalidRange, InvalidPart, InvalidRequest
  static ObjectView of(S3Request request, ObjectVersion version, Optional<List<Part>> parts) {
    request.reply().isOfObject(version.sizeBytes());
    requireSignedOverrides(request);
    boolean withChecksum = request.header("x-amz-checksum-mode").filter("ENABLED"::equalsIgnoreCase).isPresent();
    HttpHeaders headers = request.reply().headers();
    switch (ReadConditions.of(request.headers()).judge(version.etag(), version.modified())) {
      case ReadConditions.Verdict.Holds _ -> {
        // go on
      }
      case ReadConditions.Verdict.NotModified _ -> {
        ObjectHeaders.describe(request, version, false, headers);
        headers.remove(HttpHeaderNames.CONTENT_TYPE);
        return new ObjectView(304, headers, ByteRange.whole(0));
      }
      case ReadConditions.Verdict.Failed(String condition) -> throw new S3Exception(
          new S3Error.PreconditionFailed(condition));
    }
    if (parts.isPresent()) {
      return ofPart(request, version, parts.get(), withChecksum, headers);
    }
    String wanted = HeaderLines.joined(request.headers(), HttpHeaderNames.RANGE);
    if (wanted != null && ReadConditions.rangeHolds(request.headers(), version.etag(), version.modified())) {
      switch (RangeHeader.select(wanted, version.sizeBytes())) {
        case RangeHeader.Selection.Whole _ -> {
          // go on
        }
        case RangeHeader.Selection.Part(ByteRange range) -> {
          ObjectHeaders.describe(request, version, false, headers);
          return ofRange(request, version, range, headers);
        }
        case RangeHeader.Selection.Unsatisfiable _ -> throw new S3Exception(
            new S3Error.InvalidRange(wanted, version.sizeBytes()));
      }
    }
    ObjectHeaders.describe(request, version, withChecksum, headers);
    override(request, headers);
    return new ObjectView(200, headers, ByteRange.whole(version.sizeBytes()));
  }

  /// The same on the fork, where the parts can be read that a `partNumber` asks for.
  ///
  /// @throws S3Exception as [#of]
  /// @throws hayloft.common.volume.StoreBusyException if there is no heap for the parts
  static ObjectView read(S3Request request, ObjectVersion version, Catalog catalog) throws IOException {
    if (!request.query().has("partNumber")) {
      return of(request, version, Optional.empty());
    }
    request.claimParts(version.partCount());
    ObjectView view = of(request, version, Optional.of(catalog.parts(version)));
    request.giveBackRows(); // the client may take its time with the bytes
    return view;
  }

  private static ObjectView ofPart(S3Request request, ObjectVersion version, List<Part> parts, boolean withChecksum,
      HttpHeaders headers) {
    if (request.headers().contains(HttpHeaderNames.RANGE)) {
      throw new S3Exception(
          new S3Error.InvalidRequest("Cannot specify both Range header and partNumber query parameter"));
    }
    int number = partNumber(request);
    if (parts.isEmpty()) {
      if (number != 1) {
        throw new S3Exception(S3Error.Plain.INVALID_PART);
      }
      ObjectHeaders.describe(request, version, withChecksum, headers);
      return ofRange(request, version, ByteRange.whole(version.sizeBytes()), headers);
    }
    long from = 0;
    int at = 0;
    while (at < parts.size() && parts.get(at).number() < number) {
      from += parts.get(at++).sizeBytes();
    }
    if (at == parts.size() || parts.get(at).number() != number) {
      throw new S3Exception(S3Error.Plain.INVALID_PART); // numbers may have gaps
    }
    Part part = parts.get(at);
    ObjectHeaders.describe(request, version, false, headers);
    headers.set("x-amz-mp-parts-count", Integer.toString(parts.size()));
    if (withChecksum) {
      part.checksum().ifPresent(sum -> headers.set(ChecksumNames.header(sum.algorithm()), sum.base64()));
      version.attributes().checksum()
          .ifPresent(sum -> headers.set("x-amz-checksum-type", ChecksumNames.type(sum.composite()))); // the object's
    }
    return ofRange(request, version, new ByteRange(from, from + part.sizeBytes()), headers);
  }

  private static int partNumber(S3Request request) {
    String text = request.query().text("partNumber");
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= 10_000) {
        return number;
      }
    } catch (NumberFormatException _) {
      throw badPartNumber(text);
    }
    throw badPartNumber(text);
  }

  private static S3Exception badPartNumber(String text) {
    return new S3Exception(new S3Error.InvalidArgument(
        "Part number must be an integer between 1 and 10000, inclusive", "partNumber", text));
  }

  private static ObjectView ofRange(S3Request request, ObjectVersion version, ByteRange range, HttpHeaders headers) {
    if (range.lengthBytes() > 0) {
      headers.set(HttpHeaderNames.CONTENT_RANGE,
          "bytes " + range.from() + '-' + (range.to() - 1) + '/' + version.sizeBytes());
    }
    override(request, headers);
    return new ObjectView(206, headers, range);
  }

  /// Who replaces headers of the answer must say who it is: a link could turn a public image into a page of scripts.
  private static void requireSignedOverrides(S3Request request) {
    if (Anonymous.is(request.user()) && OVERRIDDEN.stream().anyMatch(name -> request.query().has(OVERRIDE + name))) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "Request specific response headers cannot be used for anonymous GET requests."));
    }
  }

  /// Lets the request replace headers of the answer.
  private static void override(S3Request request, HttpHeaders headers) {
    if (request.query().isEmpty()) {
      return;
    }
    for (String name : OVERRIDDEN) {
      String parameter = OVERRIDE + name;
      Optional<String> value = request.query().find(parameter);
      if (value.isPresent()) {
        if (value.get().startsWith(" ") || value.get().startsWith("\t")
            || value.get().chars().anyMatch(c -> c < ' ' && c != '\t' || c == 0x7f || c > 0xff)) {
          throw new S3Exception(new S3Error.InvalidArgument("Invalid header value", parameter, value.get()));
        }
        headers.set(name, value.get());
      }
    }
  }
}
