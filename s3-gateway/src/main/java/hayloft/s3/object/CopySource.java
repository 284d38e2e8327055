package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.common.http.HeaderLines;
import hayloft.common.http.ReadConditions;
import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.AccessNeed;
import hayloft.s3.access.Permission;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.PercentEncoding;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Optional;

/// The version that `x-amz-copy-source` names, found and judged. Immutable.
///
/// @param bucket that it lies in
public record CopySource(Bucket bucket, ObjectVersion version, VersionSelector selector) {

  /// What a copy can take in one request.
  public static final long MAX_BYTES = 5L << 30;

  private static final String HEADER = "x-amz-copy-source";
  private static final String VERSION = "?versionId=";
  private static final String CONDITIONS = "x-amz-copy-source-";

  /// @throws S3Exception if there is no such source, the user may not read it, or an `x-amz-copy-source-if-*` does not
  ///   hold
  public static CopySource find(S3Request request, Catalog catalog, AccessDecision access) throws IOException {
    String header = request.header(HEADER).orElseThrow(() -> bad(""));
    int question = header.indexOf(VERSION);
    String path = decoded(question < 0 ? header : header.substring(0, question));
    VersionSelector which = question < 0
        ? VersionSelector.LATEST
        : S3Request.version(HEADER, decoded(header.substring(question + VERSION.length())));
    String name = path.startsWith("/") ? path.substring(1) : path;
    int slash = name.indexOf('/');
    if (slash <= 0 || slash == name.length() - 1) {
      throw bad(header);
    }
    if (name.startsWith("arn:")) {
      throw new S3Exception(S3Error.NotImplemented.header(HEADER + " with an access point"));
    }
    String key = name.substring(slash + 1);
    Bucket bucket = access.enter(name.substring(0, slash), AccessNeed.READ_OBJECT, request.user(),
        HeaderLines.joined(request.headers(), "x-amz-source-expected-bucket-owner"));
    ObjectVersion version = request.found(bucket, catalog.find(bucket, key, which), which, key,
        Optional.of(Permission.READ));
    switch (ReadConditions.of(request.headers(), CONDITIONS).judge(version.etag(), version.modified())) {
      case ReadConditions.Verdict.Holds _ -> {
        return new CopySource(bucket, version, which);
      }
      case ReadConditions.Verdict.NotModified(String condition) -> throw failed(condition);
      case ReadConditions.Verdict.Failed(String condition) -> throw failed(condition);
    }
  }

  /// @throws S3Exception InvalidArgument
  private static String decoded(String text) {
    try {
      return PercentEncoding.decodePath(text);
    } catch (S3Exception _) {
      throw new S3Exception(new S3Error.InvalidArgument("Invalid copy source encoding.", HEADER, text));
    }
  }

  /// New headers of the answer to a copy: with `x-amz-copy-source-version-id`, unless the source's bucket never had
  /// versioning.
  ///
  /// @param usual the process's durability
  public HttpHeaders replyHeaders(S3Request request, Durability usual) {
    HttpHeaders headers = request.reply().headers(request.durability(usual));
    if (bucket.versioning() != Versioning.UNVERSIONED) {
      headers.set("x-amz-copy-source-version-id", version.versionId());
    }
    return headers;
  }

  private static S3Exception failed(String condition) {
    return new S3Exception(new S3Error.PreconditionFailed(condition));
  }

  private static S3Exception bad(String value) {
    return new S3Exception(
        new S3Error.InvalidArgument("Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            HEADER,
            value));
  }
}
