package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import hayloft.filer.VolumeCatalog;
import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessControlList.Grant;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.Grantee;
import hayloft.s3.access.Permission;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// `s3.bucket.versioning` and `s3.bucket.access`: what S3's PutBucketVersioning and PutBucketAcl do, for
/// administrators. Thread-safe.
final class BucketRights {

  private static final List<String> CANNED = List.of("private", "public-read", "public-read-write",
      "authenticated-read");
  private static final String CANNED_HEADER = "x-amz-acl";
  private static final Map<String, List<Permission>> PERMISSIONS = Map.of("read", List.of(Permission.READ), "write",
      List.of(Permission.WRITE), "read-write", List.of(Permission.READ, Permission.WRITE), "full",
      List.of(Permission.FULL_CONTROL));

  private final VolumeCatalog catalog;
  private final AccessDecision access;

  BucketRights(VolumeCatalog catalog) {
    this.catalog = catalog;
    this.access = new AccessDecision(catalog);
  }

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("s3.bucket.versioning", this::showVersioning),
        AdminCommand.changes("s3.bucket.versioning.set", this::setVersioning),
        AdminCommand.reads("s3.bucket.access", this::showAccess),
        AdminCommand.changes("s3.bucket.access.set", this::setAccess));
  }

  private Bucket requireBucket(String name) {
    return catalog.findBucket(name).orElseThrow(() -> AdminRefusal.absent("there is no bucket " + name));
  }

  private Bucket change(Bucket bucket, UnaryOperator<Bucket> change) throws IOException {
    return catalog.updateBucket(bucket.name(), change)
        .orElseThrow(() -> AdminRefusal.absent("bucket " + bucket.name() + " was deleted meanwhile"));
  }

  private JsonNode showVersioning(AdminCall call) {
    String name = call.arguments().text("name");
    call.arguments().requireAllKnown();
    return versioning(requireBucket(name));
  }

  private JsonNode setVersioning(AdminCall call) throws IOException {
    String name = call.arguments().text("name");
    Versioning wanted = status(call.arguments().text("status"));
    call.arguments().requireAllKnown();
    return versioning(change(requireBucket(name), bucket -> bucket.withVersioning(wanted)));
  }

  private static JsonNode versioning(Bucket bucket) {
    return JsonNodeFactory.instance.objectNode().put("name", bucket.name()).put("versioning",
        bucket.versioning().name().toLowerCase(Locale.ROOT));
  }

  private static Versioning status(String text) {
    return switch (text) {
      case "enabled" -> Versioning.ENABLED;
      case "suspended" -> Versioning.SUSPENDED;
      default -> throw AdminRefusal.wrong("-status must be enabled or suspended, got " + text
          + (text.equals("disabled") || text.equals("off")
              ? ": versions that are there stay, so it is suspended"
              : ""));
    };
  }

  private JsonNode showAccess(AdminCall call) {
    String name = call.arguments().text("name");
    call.arguments().requireAllKnown();
    return access(requireBucket(name));
  }

  private JsonNode setAccess(AdminCall call) throws IOException {
    Arguments arguments = call.arguments();
    String name = arguments.text("name");
    Optional<String> canned = arguments.optionalText("acl");
    Optional<String> granted = arguments.optionalText("grant");
    Optional<String> revoked = arguments.optionalText("revoke");
    Optional<String> permission = arguments.optionalText("permission");
    arguments.requireAllKnown();
    if (List.of(canned, granted, revoked).stream().filter(Optional::isPresent).count() != 1) {
      throw AdminRefusal.wrong("one of -acl, -grant and -revoke says what to change");
    }
    if (permission.isPresent() && granted.isEmpty()) {
      throw AdminRefusal.wrong("-permission goes with -grant");
    }
    Bucket bucket = requireBucket(name);
    if (granted.isPresent()) {
      List<Permission> given = permissions(permission.orElse("read"));
      String user = requireUser(granted.get());
      return access(change(bucket, present -> with(present, user, given)));
    }
    if (revoked.isPresent()) {
      if (listed(bucket, revoked.get()).isEmpty()) {
        throw AdminRefusal.absent("bucket " + name + " grants nothing to a user " + revoked.get());
      }
      return access(change(bucket, present -> with(present, revoked.get(), List.of())));
    }
    String list = canned.orElseThrow();
    if (!CANNED.contains(list)) {
      throw AdminRefusal.wrong("-acl must be one of " + String.join(", ", CANNED) + ", got " + list);
    }
    var asked = new DefaultHttpHeaders().set(CANNED_HEADER, list);
    return access(change(bucket, present -> AccessDecision.with(present,
        access.asked(asked, present.ownerId(), present.ownerId()).orElseThrow())));
  }

  private String requireUser(String id) {
    return catalog.findUserById(id).orElseThrow(() -> AdminRefusal.absent("there is no user " + id)).id();
  }

  private static List<Permission> permissions(String text) {
    return Optional.ofNullable(PERMISSIONS.get(text)).orElseThrow(() -> AdminRefusal
        .wrong("-permission must be read, write, read-write or full, got " + text));
  }

  private static List<Grant> listed(Bucket bucket, String user) {
    return AccessDecision.listOf(bucket).grants().stream()
        .filter(grant -> grant.grantee().equals(new Grantee.Person(user))).toList();
  }

  /// The bucket's list with just these permissions for a user.
  private static Bucket with(Bucket bucket, String user, List<Permission> permissions) {
    List<Grant> grants = new ArrayList<>(AccessDecision.listOf(bucket).grants());
    grants.removeAll(listed(bucket, user));
    permissions.forEach(permission -> grants.add(new Grant(new Grantee.Person(user), permission)));
    if (grants.size() > AccessControlList.MAX_GRANTS) {
      throw AdminRefusal.conflict("bucket " + bucket.name() + " grants something to " + AccessControlList.MAX_GRANTS
          + " already, which is the most: -revoke some");
    }
    return AccessDecision.with(bucket, new AccessControlList(grants));
  }

  private static JsonNode access(Bucket bucket) {
    List<Grant> grants = AccessDecision.listOf(bucket).grants();
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("name", bucket.name())
        .put("owner", bucket.ownerId())
        .put("public", grants.stream().anyMatch(grant -> grant.grantee() == Grantee.Group.ALL_USERS));
    ArrayNode list = answer.putArray("grants");
    for (Grant grant : grants) {
      ObjectNode one = list.addObject();
      switch (grant.grantee()) {
        case Grantee.Person(String id) -> one.put("kind", "user").put("grantee", id);
        case Grantee.Group group -> one.put("kind", "group").put("grantee", group.uri());
      }
      one.put("permission", grant.permission().name());
    }
    return answer;
  }
}
