package hayloft.s3.object;

import hayloft.common.http.HeaderLines;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.AccessNeed;
import hayloft.s3.body.ContentEncodings;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import hayloft.s3.tagging.Tags;
import hayloft.s3.xml.Timestamps;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The headers that describe an object: read from the request that writes it, written to the answers that show it.
/// [Metadata](https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html)
public final class ObjectHeaders {

  private static final String META_PREFIX = "x-amz-meta-";
  private static final int MAX_META_BYTES = 2048;
  private static final String DEFAULT_CONTENT_TYPE = "binary/octet-stream";
  private static final String STORAGE_CLASS = "x-amz-storage-class";
  private static final String STANDARD = "STANDARD";

  /// What reading and writing tags takes: no list grants it.
  static final AccessNeed TAGS = AccessNeed.BUCKET_OWNER;

  private static final List<String> KEPT = List.of("cache-control", "content-disposition", "content-language",
      "expires");

  /// Names that S3 has; all are stored alike.
  private static final Set<String> STORAGE_CLASSES = Set.of(STANDARD, "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA",
      "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE");

  private ObjectHeaders() {}

  /// What the request says of the object that it writes; without a checksum.
  ///
  /// @throws S3Exception MetadataTooLarge, InvalidTag, InvalidStorageClass, AccessDenied
  public static ObjectDraft draft(S3Request request) {
    return draft(request.headers(), tags(request), request.user().id(), request.aclOfObject());
  }

  /// What headers say of an object that somebody writes, who need not have sent them.
  ///
  /// @param acl [ObjectDraft#acl]
  /// @throws S3Exception MetadataTooLarge, InvalidStorageClass
  public static ObjectDraft draft(HttpHeaders headers, Map<String, String> tags, String ownerId, String acl) {
    return new ObjectDraft(system(headers), userMetadata(headers), tags, ownerId,
        storageClass(Optional.ofNullable(HeaderLines.joined(headers, STORAGE_CLASS))).orElse(STANDARD),
        Optional.empty(), acl);
  }

  /// System metadata by lower-case name.
  static Map<String, String> system(HttpHeaders headers) {
    Map<String, String> kept = new LinkedHashMap<>();
    String type = HeaderLines.joined(headers, "content-type");
    kept.put("content-type", type == null || type.isEmpty() ? DEFAULT_CONTENT_TYPE : type);
    for (String name : KEPT) {
      String value = HeaderLines.joined(headers, name);
      if (value != null && !value.isEmpty()) {
        kept.put(name, value);
      }
    }
    ContentEncodings.withoutAwsChunked(HeaderLines.list(headers, "content-encoding"))
        .ifPresent(encoding -> kept.put("content-encoding", encoding));
    return kept;
  }

  static Map<String, String> userMetadata(HttpHeaders headers) {
    Map<String, String> metadata = new LinkedHashMap<>();
    int bytes = 0;
    for (Map.Entry<String, String> header : headers) {
      if (header.getKey().regionMatches(true, 0, META_PREFIX, 0, META_PREFIX.length())) {
        String name = header.getKey().substring(META_PREFIX.length()).toLowerCase(Locale.ROOT);
        metadata.merge(name, header.getValue(), (first, second) -> first + "," + second);
        bytes += name.length() + header.getValue().length();
      }
    }
    if (bytes > MAX_META_BYTES) {
      throw new S3Exception(S3Error.Plain.METADATA_TOO_LARGE);
    }
    return metadata;
  }

  /// The tags that the request gives the object.
  ///
  /// @throws S3Exception InvalidTag; AccessDenied to who may not tag objects of the bucket
  static Map<String, String> tags(S3Request request) {
    Map<String, String> tags = request.header("x-amz-tagging").map(Tags::ofHeader).orElse(Map.of());
    if (!tags.isEmpty()) {
      AccessDecision.require(request.bucket(), TAGS, request.user());
    }
    return tags;
  }

  /// @throws S3Exception InvalidStorageClass
  static Optional<String> storageClass(S3Request request) {
    return storageClass(request.header(STORAGE_CLASS));
  }

  private static Optional<String> storageClass(Optional<String> header) {
    Optional<String> name = header.filter(text -> !text.isEmpty());
    if (name.isPresent() && !STORAGE_CLASSES.contains(name.get())) {
      throw new S3Exception(S3Error.Plain.INVALID_STORAGE_CLASS);
    }
    return name;
  }

  /// Adds what GetObject and HeadObject say of a version, but for its length and range.
  static void describe(S3Request request, ObjectVersion version, boolean withChecksum, HttpHeaders out) {
    ObjectDraft attributes = version.attributes();
    out.set(HttpHeaderNames.ACCEPT_RANGES, "bytes");
    out.set(HttpHeaderNames.LAST_MODIFIED, Timestamps.http(version.modified()));
    out.set(HttpHeaderNames.ETAG, quote(version.etag()));
    for (Map.Entry<String, String> header : attributes.headers().entrySet()) {
      out.set(header.getKey(), header.getValue());
    }
    for (Map.Entry<String, String> header : attributes.userMetadata().entrySet()) {
      out.set(META_PREFIX + header.getKey(), header.getValue());
    }
    if (!attributes.tags().isEmpty() && request.ownsBucket()) { // how many there are is known to who may read them
      out.set("x-amz-tagging-count", Integer.toString(attributes.tags().size()));
    }
    if (!attributes.storageClass().equals(STANDARD)) {
      out.set(STORAGE_CLASS, attributes.storageClass());
    }
    if (withChecksum) {
      ChecksumNames.addHeaders(out, attributes.checksum());
    }
    request.addVersionId(out, version.versionId());
  }

  /// Adds what a write says of the version that it made.
  public static void acknowledge(S3Request request, ObjectVersion version, HttpHeaders out) {
    request.reply().isOfObject(version.sizeBytes());
    out.set(HttpHeaderNames.ETAG, quote(version.etag()));
    ChecksumNames.addHeaders(out, version.attributes().checksum());
    request.addNewVersionId(out, version.versionId());
  }

  public static String quote(String etag) {
    return '"' + etag + '"';
  }
}
