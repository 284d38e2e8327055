package hayloft.cli.server;

import hayloft.cli.admin.SecretKeys;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.cli.config.Variables;
import hayloft.common.directory.StoreDirectories;
import hayloft.filer.User;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is asked of a start before it makes anything. Stateless.
final class FirstStart {

  private static final String INSTEAD = ". Choose another, for instance what openssl rand -hex 20 prints";

  private FirstStart() {}

  /// A store that is there already is started with weak secrets, too: a new version must not keep anybody from their
  /// data. The start warns.
  ///
  /// @throws IllegalArgumentException if a secret would keep nobody out, one half of a pair is set without the other,
  ///   or a variable holds what is none
  /// @throws WrongConfigurationException if the users file cannot be read or is wrong
  static void require(ServerConfig config, Map<String, String> environment) throws IOException {
    OtlpHeaders.of(environment);
    StoreKeyFile.requireFit(environment);
    List<User> users = config.users().isPresent() ? UsersFile.read(config.users().get()) : List.of();
    Optional<Credentials> root = Credentials.fromEnvironment(environment);
    for (User user : users) {
      if (root.isPresent() && root.get().accessKey().equals(user.accessKey())) {
        throw new WrongConfigurationException("--users: user " + user.id() + " has the administrator's access key, "
            + user.accessKey() + " of " + root.get().from() + ". Give each its own");
      }
    }
    if (StoreDirectories.isAnyOfAStore(config.directories())) {
      return;
    }
    if (root.isPresent()) {
      if (root.get().accessKey().isBlank() || root.get().secretKey().isBlank()) {
        throw new IllegalArgumentException("the administrator's name or password in " + root.get().from()
            + " is blank" + INSTEAD);
      }
      SecretKeys.weakness(root.get().accessKey(), root.get().secretKey()).ifPresent(why -> {
        throw new IllegalArgumentException("the administrator's password, which belongs to " + root.get().from() + ", "
            + why + INSTEAD + "; or set neither, to have both generated");
      });
    }
    config.access().weakness().ifPresent(why -> {
      throw new IllegalArgumentException(Variables.VOLUME_SECRET + ", which tokens for file ids are signed with, " + why
          + INSTEAD);
    });
    for (User user : users) {
      SecretKeys.weakness(user.accessKey(), user.secretKey()).ifPresent(why -> {
        throw new IllegalArgumentException("--users: " + config.users().map(Path::toString).orElse("")
            + ": the secretKey of user " + user.id() + " " + why + INSTEAD);
      });
    }
  }
}
