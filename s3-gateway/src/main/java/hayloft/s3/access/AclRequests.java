package hayloft.s3.access;

import hayloft.common.http.HeaderLines;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessControlList.Grant;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Reads the lists that requests ask for: canned ones, headers with grants, documents. Thread-safe.
/// [Canned ACLs](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl)
///
/// Users have no email addresses here, so a grant to one is refused as S3 refuses an address that it does not know.
final class AclRequests {

  private static final String CANNED = "x-amz-acl";

  private record GrantHeader(String name, Permission permission) {}

  private static final List<GrantHeader> GRANT_HEADERS = List.of(
      new GrantHeader("x-amz-grant-read", Permission.READ), new GrantHeader("x-amz-grant-write", Permission.WRITE),
      new GrantHeader("x-amz-grant-read-acp", Permission.READ_ACP),
      new GrantHeader("x-amz-grant-write-acp", Permission.WRITE_ACP),
      new GrantHeader("x-amz-grant-full-control", Permission.FULL_CONTROL));

  private final Catalog catalog;

  AclRequests(Catalog catalog) {
    this.catalog = catalog;
  }

  Optional<AccessControlList> ofHeaders(HttpHeaders headers, String ownerId, String bucketOwnerId) {
    String canned = HeaderLines.joined(headers, CANNED);
    List<Grant> grants = new ArrayList<>();
    for (GrantHeader header : GRANT_HEADERS) {
      String value = HeaderLines.joined(headers, header.name());
      if (value != null) {
        addGrants(header, value, grants);
      }
    }
    if (canned == null || canned.isEmpty()) {
      return grants.isEmpty() ? Optional.empty() : Optional.of(checked(grants));
    }
    if (!grants.isEmpty()) {
      throw new S3Exception(
          new S3Error.InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed"));
    }
    return Optional.of(canned(canned, ownerId, bucketOwnerId));
  }

  private static AccessControlList canned(String name, String ownerId, String bucketOwnerId) {
    Grant owner = AccessControlList.full(ownerId);
    boolean sameOwner = ownerId.equals(bucketOwnerId);
    List<Grant> grants = switch (name) {
      case "private" -> List.of(owner);
      case "public-read" -> List.of(new Grant(Grantee.Group.ALL_USERS, Permission.READ), owner);
      case "public-read-write" -> List.of(new Grant(Grantee.Group.ALL_USERS, Permission.READ),
          new Grant(Grantee.Group.ALL_USERS, Permission.WRITE), owner);
      case "authenticated-read" -> List.of(new Grant(Grantee.Group.AUTHENTICATED_USERS, Permission.READ), owner);
      case "log-delivery-write" -> List.of(new Grant(Grantee.Group.LOG_DELIVERY, Permission.WRITE),
          new Grant(Grantee.Group.LOG_DELIVERY, Permission.READ_ACP), owner);
      case "bucket-owner-read" -> sameOwner
          ? List.of(owner)
          : List.of(owner, new Grant(new Grantee.Person(bucketOwnerId), Permission.READ));
      case "bucket-owner-full-control" -> sameOwner
          ? List.of(owner)
          : List.of(owner, AccessControlList.full(bucketOwnerId));
      default -> throw new S3Exception(new S3Error.InvalidArgument("Invalid canned ACL", CANNED, name));
    };
    return new AccessControlList(grants);
  }

  /// `id="…", uri=…, emailAddress="…"`
  private void addGrants(GrantHeader header, String value, List<Grant> grants) {
    for (String part : value.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals < 0) {
        throw new S3Exception(
            new S3Error.InvalidArgument("Argument format not recognized", header.name(), value));
      }
      String kind = part.substring(0, equals).strip().toLowerCase(Locale.ROOT);
      String whom = unquoted(part.substring(equals + 1).strip());
      grants.add(new Grant(switch (kind) {
        case "id" -> person(whom);
        case "uri" -> group(whom);
        case "emailaddress" -> throw unresolvable(whom);
        default -> throw new S3Exception(
            new S3Error.InvalidArgument("Argument format not recognized", header.name(), value));
      }, header.permission()));
    }
  }

  private static String unquoted(String text) {
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  AccessControlList ofDocument(XmlElement root, String ownerId) {
    try {
      if (!root.name().equals("AccessControlPolicy")) {
        throw new MalformedXmlException("the root is " + root.name());
      }
      Optional<XmlElement> owner = root.child("Owner");
      if (owner.isPresent() && !owner.get().childText("ID").orElse("").strip().equals(ownerId)) {
        throw AccessDecision.denied();
      }
      XmlElement list = root.child("AccessControlList")
          .orElseThrow(() -> new MalformedXmlException("no AccessControlList"));
      List<Grant> grants = new ArrayList<>();
      for (XmlElement grant : list.children("Grant")) {
        grants.add(grant(grant));
      }
      return checked(grants);
    } catch (MalformedXmlException _) {
      throw malformed();
    }
  }

  private Grant grant(XmlElement grant) throws MalformedXmlException {
    XmlElement whom = grant.child("Grantee").orElseThrow(() -> new MalformedXmlException("no Grantee"));
    String permission = grant.childText("Permission").orElse("").strip();
    Optional<String> id = whom.childText("ID");
    Optional<String> uri = whom.childText("URI");
    Grantee grantee;
    if (id.isPresent()) {
      grantee = person(id.get().strip());
    } else if (uri.isPresent()) {
      grantee = group(uri.get().strip());
    } else {
      throw unresolvable(
          whom.childText("EmailAddress").orElseThrow(() -> new MalformedXmlException("a Grantee without identity")));
    }
    for (Permission known : Permission.values()) {
      if (known.name().equals(permission)) {
        return new Grant(grantee, known);
      }
    }
    throw new MalformedXmlException("no permission: " + permission);
  }

  private static AccessControlList checked(List<Grant> grants) {
    if (grants.size() > AccessControlList.MAX_GRANTS) {
      throw malformed();
    }
    return new AccessControlList(grants);
  }

  private Grantee person(String id) {
    if (!id.equals(Anonymous.USER.id()) && catalog.findUserById(id).isEmpty()) {
      throw new S3Exception(new S3Error.InvalidArgument("Invalid id", "CanonicalUser/ID", id));
    }
    return new Grantee.Person(id);
  }

  private static Grantee group(String uri) {
    return Grantee.Group.ofUri(uri)
        .orElseThrow(() -> new S3Exception(new S3Error.InvalidArgument("Invalid group uri", "Group/URI", uri)));
  }

  private static S3Exception unresolvable(String address) {
    return new S3Exception(new S3Error.Refused(400, "UnresolvableGrantByEmailAddress",
        "The e-mail address you provided does not match any account on record.",
        S3Error.Field.of(Map.of("EmailAddress", address))));
  }

  static S3Exception malformed() {
    return new S3Exception(new S3Error.Refused(400, "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema", List.of()));
  }
}
