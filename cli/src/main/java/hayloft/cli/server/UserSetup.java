package hayloft.cli.server;

import hayloft.cli.config.WrongConfigurationException;
import hayloft.common.log.EventLog;
import hayloft.filer.AccessKey;
import hayloft.filer.Catalog;
import hayloft.filer.User;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Brings the users of a start into the catalog. Stateless.
final class UserSetup {

  /// The administrator from the environment or `credentials.json`.
  static final String ROOT_ID = "root";

  private static final EventLog LOG = EventLog.of(UserSetup.class);

  private UserSetup() {}

  /// The root user gets the credentials of this start, so that changed ones end the old; the others are created if
  /// their id is absent, and left alone if not.
  ///
  /// @throws IOException if an access key is another user's, or the catalog fails
  static void apply(Catalog catalog, RootCredentials root, List<User> users) throws IOException {
    Optional<User> present = sure(() -> catalog.findUserById(ROOT_ID));
    // keys that were made besides stay; one of the same name as the first of this start would be two
    List<AccessKey> further = present.map(User::furtherKeys).orElse(List.of()).stream()
        .filter(key -> !key.accessKey().equals(root.accessKey())).toList();
    var wanted = new User(ROOT_ID, ROOT_ID, root.accessKey(), root.secretKey(), true, further);
    if (!present.equals(Optional.of(wanted))) {
      put(catalog, wanted);
    }
    for (User user : users) {
      boolean isAbsent;
      try {
        isAbsent = catalog.findUserById(user.id()).isEmpty();
      } catch (UncheckedIOException e) {
        LOG.warning("user.leftAlone").with("id", user.id()).with("reason", e).say();
        continue;
      }
      if (isAbsent) {
        put(catalog, user);
        LOG.info("user.created").with("id", user.id()).with("accessKey", user.accessKey()).with("admin", user.admin())
            .say();
      }
    }
  }

  /// Empty as well if what is known of the user may be out of date: then it is written anew, which ends the doubt.
  private static Optional<User> sure(Supplier<Optional<User>> question) {
    try {
      return question.get();
    } catch (UncheckedIOException e) {
      LOG.warning("user.unsure").with("action", "write_it_anew").with("reason", e).say();
      return Optional.empty();
    }
  }

  private static void put(Catalog catalog, User user) throws IOException {
    Optional<User> holder = sure(() -> catalog.findUserByAccessKey(user.accessKey()));
    if (holder.isPresent() && !holder.get().id().equals(user.id())) {
      throw new WrongConfigurationException(
          "access key " + user.accessKey() + " of user " + user.id() + " belongs to user " + holder.get().id()
              + " already. Give each its own, in --users or in the environment");
    }
    catalog.putUser(user);
  }
}
