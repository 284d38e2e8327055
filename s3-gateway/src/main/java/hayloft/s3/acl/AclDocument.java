package hayloft.s3.acl;

import hayloft.filer.Catalog;
import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.Grantee;
import hayloft.s3.request.Owners;
import hayloft.s3.xml.XmlWriter;

/// A list as `AccessControlPolicy`.
final class AclDocument {

  private static final String XSI = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=";

  private AclDocument() {}

  static XmlWriter of(AccessControlList list, String ownerId, Catalog catalog) {
    XmlWriter xml = new XmlWriter(512 + 256 * list.grants().size());
    xml.openRoot("AccessControlPolicy");
    Owners.write(xml, "Owner", ownerId, catalog);
    xml.open("AccessControlList");
    for (AccessControlList.Grant grant : list.grants()) {
      xml.open("Grant");
      switch (grant.grantee()) {
        case Grantee.Person(String userId) -> {
          xml.openWith("Grantee", XSI + "\"CanonicalUser\"");
          xml.text("ID", userId);
          xml.text("DisplayName", Owners.displayName(userId, catalog));
        }
        case Grantee.Group group -> {
          xml.openWith("Grantee", XSI + "\"Group\"");
          xml.text("URI", group.uri());
        }
      }
      xml.close("Grantee");
      xml.text("Permission", grant.permission().name());
      xml.close("Grant");
    }
    xml.close("AccessControlList");
    xml.close("AccessControlPolicy");
    return xml;
  }
}
