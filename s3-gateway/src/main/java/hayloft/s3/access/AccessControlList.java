package hayloft.s3.access;

import hayloft.filer.User;
import java.util.ArrayList;
import java.util.List;

/// The grants on a bucket or an object. Immutable. Groups come first, otherwise in the order given.
///
/// In the catalog a list is a text, one grant a line: `READ group AllUsers`, `FULL_CONTROL user <id>`. The usual list,
/// the owner's full control alone, is the empty text; the list without any grant is `-`.
public record AccessControlList(List<Grant> grants) {

  /// What S3 takes.
  public static final int MAX_GRANTS = 100;

  private static final String NO_GRANTS = "-";
  private static final String GROUP = "group ";
  private static final String USER = "user ";

  /// One line of a list.
  public record Grant(Grantee grantee, Permission permission) {}

  public AccessControlList(List<Grant> grants) {
    List<Grant> sorted = new ArrayList<>(grants);
    sorted.sort((a, b) -> Boolean.compare(b.grantee() instanceof Grantee.Group, a.grantee() instanceof Grantee.Group));
    this.grants = List.copyOf(sorted);
  }

  /// Of an owner alone.
  public static AccessControlList ofOwner(String ownerId) {
    return new AccessControlList(List.of(full(ownerId)));
  }

  static Grant full(String userId) {
    return new Grant(new Grantee.Person(userId), Permission.FULL_CONTROL);
  }

  /// Reads what [#text] wrote.
  public static AccessControlList read(String text, String ownerId) {
    if (text.isEmpty()) {
      return ofOwner(ownerId);
    }
    if (text.equals(NO_GRANTS)) {
      return new AccessControlList(List.of());
    }
    return new AccessControlList(text.lines().map(AccessControlList::readGrant).toList());
  }

  private static Grant readGrant(String line) {
    int blank = line.indexOf(' ');
    Permission permission = Permission.valueOf(line.substring(0, blank));
    String whom = line.substring(blank + 1);
    if (whom.startsWith(USER)) {
      return new Grant(new Grantee.Person(whom.substring(USER.length())), permission);
    }
    for (Grantee.Group group : Grantee.Group.values()) {
      if (whom.equals(GROUP + group.shortName())) {
        return new Grant(group, permission);
      }
    }
    throw new IllegalStateException("no grant of this program: " + line);
  }

  /// As the catalog keeps it.
  public String text(String ownerId) {
    if (equals(ofOwner(ownerId))) {
      return "";
    }
    if (grants.isEmpty()) {
      return NO_GRANTS;
    }
    StringBuilder text = new StringBuilder();
    for (Grant grant : grants) {
      text.append(text.isEmpty() ? "" : "\n").append(grant.permission()).append(' ');
      switch (grant.grantee()) {
        case Grantee.Person(String userId) -> text.append(USER).append(userId);
        case Grantee.Group group -> text.append(GROUP).append(group.shortName());
      }
    }
    return text.toString();
  }

  boolean allows(User user, Permission wanted) {
    for (Grant grant : grants) {
      if (grant.permission().implies(wanted) && grant.grantee().includes(user)) {
        return true;
      }
    }
    return false;
  }
}
