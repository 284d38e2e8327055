package hayloft.cli.bench;

import hayloft.cli.client.Alias;
import hayloft.cli.client.Aliases;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.StoreName;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Variables;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The other endpoint of a comparison. Flags only: nobody compares by default.
final class Versus {

  @Option(names = "--versus", paramLabel = "URL|NAME", converter = StoreName.Reading.class,
      description = "another endpoint, to be compared with, or the name of its alias")
  private Optional<StoreName> endpoint = Optional.empty();

  @Option(names = "--versus-access-key", paramLabel = "KEY", description = "its access key; default: its "
      + "alias's, then the same")
  private Optional<String> accessKey = Optional.empty();

  @Option(names = "--versus-secret-key", paramLabel = "SECRET", description = "its secret key, not from"
      + " the command line but from HAYLOFT_VERSUS_SECRET_KEY; default: the same")
  @SuppressWarnings("UnusedVariable")
  private Optional<String> refusedSecret = Optional.empty();

  @Option(names = "--versus-server-pid", defaultValue = "0", description = "its process, whose CPU time is measured "
      + "(Linux)")
  private long serverPid;

  @Option(names = "--rounds", paramLabel = "N", defaultValue = "6", converter = Allowed.Count.class,
      description = "rounds of --seconds each; who goes first changes with each, so take an even number; default: "
          + "${DEFAULT-VALUE}")
  private int rounds = 6;

  /// Empty if nothing is compared.
  ///
  /// @throws IllegalArgumentException if there is no alias of that name
  Optional<URI> endpoint(Map<String, String> environment) {
    return endpoint.map(name -> switch (name) {
      case StoreName.At(URI uri) -> uri;
      case StoreName.Named _ -> alias(environment).orElseThrow().s3();
    });
  }

  Optional<Alias> alias(Map<String, String> environment) {
    return endpoint.flatMap(name -> name instanceof StoreName.Named(String alias)
        ? Optional.of(Aliases.of(environment).named(alias, "--versus"))
        : Optional.empty());
  }

  /// @param same used where nothing else is said
  Credentials credentials(Credentials same, Map<String, String> environment) {
    Optional<Credentials> ofAlias = alias(environment).flatMap(Alias::keys);
    if (accessKey.isEmpty() && ofAlias.isPresent()) {
      return ofAlias.get();
    }
    String secret = Variables.value(environment, Variables.VERSUS_SECRET_KEY);
    return new Credentials(accessKey.orElse(same.accessKey()), secret.isEmpty() ? same.secretKey() : secret,
        "--versus-access-key");
  }

  long serverPid() {
    return serverPid;
  }

  int rounds() {
    return rounds;
  }
}
