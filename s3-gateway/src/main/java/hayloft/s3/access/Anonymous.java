package hayloft.s3.access;

import hayloft.filer.User;

/// The sender of a request that nobody signed.
public final class Anonymous {

  /// With the canonical id that S3 gives it as the owner of objects.
  public static final User USER = new User("65a011a29cdf8ec533ec3d1ccaae921c", "anonymous", "", "", false);

  private Anonymous() {}

  public static boolean is(User user) {
    return user.id().equals(USER.id());
  }
}
