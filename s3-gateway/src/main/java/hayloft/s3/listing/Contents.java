package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.request.Owners;
import hayloft.s3.xml.XmlWriter;
import java.util.Optional;

/// Writes the entries of a listing.
final class Contents {

  /// A guess at the XML of one entry, in bytes.
  static final int ENTRY_BYTES = 400;

  private Contents() {}

  static void write(XmlWriter xml, KeyText keys, ObjectPage page, boolean withOwner, Catalog catalog) {
    for (ObjectVersion object : page.objects()) {
      xml.open("Contents");
      keys.write("Key", object.key());
      writeFacts(xml, object);
      if (withOwner) {
        Owners.write(xml, "Owner", object.attributes().ownerId(), catalog);
      }
      xml.close("Contents");
    }
    keys.writeCommonPrefixes(page.commonPrefixes());
  }

  /// What objects and versions have in common.
  static void writeFacts(XmlWriter xml, ObjectVersion object) {
    xml.time("LastModified", object.modified());
    xml.etag(object.etag());
    Optional<ObjectChecksum> checksum = object.attributes().checksum();
    if (checksum.isPresent()) {
      ChecksumNames.writeKind(xml, checksum.get());
    }
    xml.number("Size", object.sizeBytes());
    xml.text("StorageClass", object.attributes().storageClass());
  }
}
