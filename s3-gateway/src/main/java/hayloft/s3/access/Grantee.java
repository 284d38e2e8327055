package hayloft.s3.access;

import hayloft.filer.User;
import java.util.Arrays;
import java.util.Optional;

/// Whom a grant is for. Immutable.
public sealed interface Grantee {

  boolean includes(User user);

  /// One user.
  ///
  /// @param userId canonical id
  record Person(String userId) implements Grantee {
    @Override
    public boolean includes(User user) {
      return userId.equals(user.id());
    }
  }

  /// The groups that S3 has.
  enum Group implements Grantee {
    ALL_USERS("AllUsers", "http://acs.amazonaws.com/groups/global/AllUsers"),
    AUTHENTICATED_USERS(
        "AuthenticatedUsers", "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"),
    /// Nobody here is in it: there are no access logs yet.
    LOG_DELIVERY("LogDelivery", "http://acs.amazonaws.com/groups/s3/LogDelivery");

    private final String shortName;
    private final String uri;

    Group(String shortName, String uri) {
      this.shortName = shortName;
      this.uri = uri;
    }

    public String uri() {
      return uri;
    }

    String shortName() {
      return shortName;
    }

    static Optional<Group> ofUri(String uri) {
      return Arrays.stream(values()).filter(group -> group.uri.equals(uri)).findFirst();
    }

    @Override
    public boolean includes(User user) {
      return switch (this) {
        case ALL_USERS -> true;
        case AUTHENTICATED_USERS -> !Anonymous.is(user);
        case LOG_DELIVERY -> false;
      };
    }
  }
}
