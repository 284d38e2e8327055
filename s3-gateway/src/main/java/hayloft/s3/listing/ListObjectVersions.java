package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.filer.ListedVersion;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.AnswerPage;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Owners;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.Optional;
import java.util.function.ToIntFunction;

/// `GET /{bucket}?versions`: a page of all versions and delete markers.
/// [ListObjectVersions](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html)
final class ListObjectVersions implements Operation {

  private final Catalog catalog;

  ListObjectVersions(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    String prefix = request.query().text("prefix");
    String delimiter = request.query().text("delimiter");
    String keyMarker = request.query().text("key-marker");
    String versionMarker = request.query().text("version-id-marker");
    if (keyMarker.isEmpty() && !versionMarker.isEmpty()) {
      throw new S3Exception(
          new S3Error.InvalidArgument("A version-id marker cannot be specified without a key marker.",
              "version-id-marker", versionMarker));
    }
    if (!versionMarker.isEmpty() && !VersionQuery.isMarker(versionMarker)) {
      throw new S3Exception(
          new S3Error.InvalidArgument("Invalid version id specified", "version-id-marker", versionMarker));
    }
    int limit = request.query().limit("max-keys", ListObjects.MAX_KEYS);
    ToIntFunction<String> nameBytes = KeyText.bytes(request);
    AnswerPage room = request.claimPage(
        Contents.bytesAround(nameBytes, prefix, delimiter, keyMarker, versionMarker),
        Contents.VERSION_BYTES + Owners.usualBytes("Owner", request.bucket().ownerId(), catalog), nameBytes);
    VersionPage page = catalog.listVersions(request.bucket(),
        new VersionQuery(prefix, delimiter, present(keyMarker), present(versionMarker), limit, room));
    XmlWriter xml = request.document(room);
    KeyText keys = new KeyText(xml, request);
    xml.openRoot("ListVersionsResult");
    xml.text("Name", request.bucketName());
    keys.write("Prefix", prefix);
    keys.write("KeyMarker", keyMarker);
    xml.text("VersionIdMarker", versionMarker);
    page.next().ifPresent(next -> {
      keys.write("NextKeyMarker", next.key());
      next.versionId().ifPresent(id -> xml.text("NextVersionIdMarker", id));
    });
    xml.number("MaxKeys", limit);
    keys.writeIfPresent("Delimiter", present(delimiter));
    keys.writeEncodingType();
    xml.flag("IsTruncated", page.next().isPresent());
    for (VersionPage.Entry entry : page.entries()) {
      switch (entry) {
        case VersionPage.Entry.Version(ListedVersion version, boolean latest) -> {
          xml.open("Version");
          keys.write("Key", version.key());
          xml.text("VersionId", version.versionId());
          xml.flag("IsLatest", latest);
          Contents.writeFacts(xml, version);
          Owners.write(xml, "Owner", version.ownerId(), catalog);
          xml.close("Version");
        }
        case VersionPage.Entry.Marker marker -> {
          xml.open("DeleteMarker");
          keys.write("Key", marker.key());
          xml.text("VersionId", marker.versionId());
          xml.flag("IsLatest", marker.latest());
          xml.time("LastModified", marker.modified());
          Owners.write(xml, "Owner", marker.ownerId(), catalog);
          xml.close("DeleteMarker");
        }
      }
    }
    keys.writeCommonPrefixes(page.commonPrefixes());
    xml.close("ListVersionsResult");
    request.reply().sendXml(request.reply().headers(), xml);
  }

  private static Optional<String> present(String text) {
    return text.isEmpty() ? Optional.empty() : Optional.of(text);
  }
}
