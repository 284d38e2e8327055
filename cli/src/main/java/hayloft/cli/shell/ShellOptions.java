package hayloft.cli.shell;

import hayloft.cli.client.Alias;
import hayloft.cli.client.Aliases;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.StoreName;
import hayloft.cli.client.Trust;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Refusals;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Source;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The mixin of what a shell needs to know: where the server is and who asks.
@SettingGroup("Shell")
final class ShellOptions {

  @Option(names = {"--endpoint", "--admin-endpoint"}, paramLabel = "URL|NAME", converter = StoreName.Reading.class,
      description = "The server's admin port, http or https, or the name of an alias (hayloft alias), which knows "
          + "where that is, and the keys. Default: where admin-bind and admin-port of the "
          + "environment or the configuration file say, over TLS if they name a tls-cert; then http://127.0.0.1:9334.")
  private Optional<StoreName> endpoint = Optional.empty();

  @Option(names = {"--credentials",
      "--admin-credentials"}, paramLabel = "FILE", converter = Allowed.ReadableFile.class,
      description = "File with the administrator's keys, as the server's DIR/credentials.json. Without it they are "
          + "taken from the environment: HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, then AWS_ACCESS_KEY_ID and "
          + "AWS_SECRET_ACCESS_KEY, then MINIO_ROOT_USER and MINIO_ROOT_PASSWORD; then, if this user may read them, "
          + "from /etc/hayloft/credentials.env, where the package keeps them, and from credentials.json in the "
          + "configured data directory.")
  private Optional<Path> credentials = Optional.empty();

  @Option(names = {"--ca",
      "--admin-ca"}, paramLabel = "FILE", converter = Allowed.CertificateFile.class,
      description = "Certificates in "
          + "PEM that vouch for the server's, if the endpoint is https: the ca.crt of hayloft cert create. Default: "
          + "AWS_CA_BUNDLE, then the public authorities that Java knows.")
  private Optional<Path> authorities = Optional.empty();

  @Option(names = {"--insecure",
      "--admin-insecure"}, arity = "0..1", fallbackValue = "true", defaultValue = "false", paramLabel = "true|false",
      converter = Allowed.Truth.class, description = "Take whatever certificate the server shows: whoever stands "
          + "in between can then read and change everything (default: ${DEFAULT-VALUE}).")
  private boolean insecure;

  private @Nullable Alias alias;

  /// @throws IllegalArgumentException if there is no alias of that name
  private Optional<Alias> alias(Configuration configuration) {
    if (alias == null && endpoint.isPresent() && endpoint.get() instanceof StoreName.Named(String name)) {
      Source source = configuration.source("admin-endpoint");
      alias = Aliases.of(configuration.environment()).named(name,
          source instanceof Source.Flag ? "--endpoint" : source.written("admin-endpoint"));
    }
    return Optional.ofNullable(alias);
  }

  /// @throws ParameterException if the server's settings name no place that can be asked
  AdminPlace place(CommandLine command, Configuration configuration) {
    Optional<Alias> named = Refusals.orRefused(command, () -> alias(configuration));
    if (named.isPresent()) {
      return new AdminPlace(named.get().admin(), "alias " + named.get().name(), Optional.empty());
    }
    return AdminPlace.find(endpoint.map(name -> ((StoreName.At) name).uri()), command, configuration);
  }

  /// Whom to believe to be the server; empty if the endpoint is plain HTTP.
  ///
  /// @throws IOException if the file with the authorities cannot be read
  Optional<ClientTls> tls(AdminPlace place, Configuration configuration) throws IOException {
    if (place.certificate().isPresent() && authorities.isEmpty() && !insecure) {
      return Optional.of(Trust.ofCertificate(place.certificate().get()));
    }
    Optional<Path> ofAlias = configuration.source("admin-ca") instanceof Source.Flag
        ? Optional.empty()
        : alias(configuration).flatMap(Alias::authorities);
    return Trust.of(place.endpoint(), insecure, ofAlias.or(() -> authorities), configuration.environment());
  }

  /// @throws IllegalArgumentException if there are none; the message says how to give some
  Credentials credentials(Configuration configuration) {
    Optional<Credentials> ofAlias = configuration.source("admin-credentials") instanceof Source.Flag
        ? Optional.empty()
        : alias(configuration).flatMap(Alias::keys);
    return ofAlias.isPresent() ? ofAlias.get() : AdminKeys.find(credentials, configuration);
  }
}
