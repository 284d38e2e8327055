package hayloft.s3.request;

import hayloft.filer.Catalog;
import hayloft.filer.User;
import hayloft.s3.access.Anonymous;
import hayloft.s3.xml.XmlWriter;
import java.io.UncheckedIOException;

/// Writes who owns something.
public final class Owners {

  /// Of an owner, but for the element's name.
  private static final int TAGS_BYTES = "<></><ID></ID><DisplayName></DisplayName>".length();

  private Owners() {}

  /// @param element `Owner`, `Initiator`, `Grantee`
  public static void write(XmlWriter xml, String element, String id, String displayName) {
    xml.open(element);
    xml.text("ID", id);
    xml.text("DisplayName", displayName);
    xml.close(element);
  }

  /// What most owners of a bucket's objects take in a document, in bytes: the bucket's owner and nobody.
  ///
  /// @param element that is the longest
  public static int usualBytes(String element, String bucketOwner, Catalog catalog) {
    int owner = XmlWriter.escapedBytes(bucketOwner) + XmlWriter.escapedBytes(displayName(bucketOwner, catalog));
    int nobody = Anonymous.USER.id().length() + Anonymous.USER.displayName().length();
    return TAGS_BYTES + 2 * element.length() + Math.max(owner, nobody);
  }

  /// Looks the name up; a user that is gone, or of which something is lost, is shown by its id.
  public static void write(XmlWriter xml, String element, String id, Catalog catalog) {
    write(xml, element, id, displayName(id, catalog));
  }

  public static String displayName(String id, Catalog catalog) {
    if (Anonymous.USER.id().equals(id)) {
      return Anonymous.USER.displayName();
    }
    try {
      return catalog.findUserById(id).map(User::displayName).orElse(id);
    } catch (UncheckedIOException _) {
      return id; // no reason to refuse a listing of objects
    }
  }
}
