package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectPage;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.request.Owners;
import hayloft.s3.request.PercentEncoding;
import hayloft.s3.xml.XmlWriter;
import java.util.function.ToIntFunction;

/// Writes the entries of a listing.
public final class Contents {

  /// What a document has of an object, at the most, but for its key and owner, in bytes.
  static final int OBJECT_BYTES = 320;
  /// The same of a version or a delete marker.
  static final int VERSION_BYTES = 400;
  /// What a document has besides entries and what the request says; with the name to go on at.
  private static final int AROUND_BYTES = 1024 + PercentEncoding.MOST_BYTES_OF_KEY;

  private Contents() {}

  /// What a document has besides entries, in bytes.
  ///
  /// @param told that the request says and the answer repeats
  public static int bytesAround(ToIntFunction<String> nameBytes, String... told) {
    int total = AROUND_BYTES;
    for (String text : told) {
      total += nameBytes.applyAsInt(text);
    }
    return total;
  }

  static void write(XmlWriter xml, KeyText keys, ObjectPage page, boolean withOwner, Catalog catalog) {
    for (ListedVersion object : page.objects()) {
      xml.open("Contents");
      keys.write("Key", object.key());
      writeFacts(xml, object);
      if (withOwner) {
        Owners.write(xml, "Owner", object.ownerId(), catalog);
      }
      xml.close("Contents");
    }
    keys.writeCommonPrefixes(page.commonPrefixes());
  }

  /// What objects and versions have in common.
  static void writeFacts(XmlWriter xml, ListedVersion object) {
    xml.time("LastModified", object.modified());
    xml.etag(object.etag());
    if (object.checksum().isPresent()) {
      ChecksumNames.writeKind(xml, object.checksum().get());
    }
    xml.number("Size", object.sizeBytes());
    if (object.storageClass().equals("STANDARD")) {
      xml.constant("<StorageClass>STANDARD</StorageClass>"); // of nearly all, and nothing to look through
    } else {
      xml.text("StorageClass", object.storageClass());
    }
  }
}
