package hayloft.s3.acl;

import hayloft.filer.Catalog;
import hayloft.s3.request.Owners;
import hayloft.s3.xml.XmlWriter;

/// The list of an owner who has full control, alone.
final class AclDocument {

  private AclDocument() {}

  static XmlWriter of(String ownerId, Catalog catalog) {
    String displayName = Owners.displayName(ownerId, catalog);
    XmlWriter xml = new XmlWriter(768);
    xml.openRoot("AccessControlPolicy");
    Owners.write(xml, "Owner", ownerId, displayName);
    xml.open("AccessControlList");
    xml.open("Grant");
    xml.openWith("Grantee", "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\"");
    xml.text("ID", ownerId);
    xml.text("DisplayName", displayName);
    xml.close("Grantee");
    xml.text("Permission", "FULL_CONTROL");
    xml.close("Grant");
    xml.close("AccessControlList");
    xml.close("AccessControlPolicy");
    return xml;
  }
}
