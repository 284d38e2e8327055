package hayloft.cli.shell;

import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.Trust;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.SettingGroup;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The mixin of what a shell needs to know: where the server is and who asks.
@SettingGroup("Shell")
final class ShellOptions {

  @Option(names = {"--endpoint", "--admin-endpoint"}, paramLabel = "URL", converter = ClientOptions.Endpoint.class,
      description = "The server's admin port, http or https. Default: where admin-bind and admin-port of the "
          + "environment or the configuration file say, over TLS if they name a tls-cert; then http://127.0.0.1:9334.")
  private Optional<URI> endpoint = Optional.empty();

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

  /// @throws ParameterException if the server's settings name no place that can be asked
  AdminPlace place(CommandLine command, Configuration configuration) {
    return AdminPlace.find(endpoint, command, configuration);
  }

  /// Whom to believe to be the server; empty if the endpoint is plain HTTP.
  ///
  /// @throws IOException if the file with the authorities cannot be read
  Optional<ClientTls> tls(AdminPlace place, Map<String, String> environment) throws IOException {
    return place.certificate().isPresent() && authorities.isEmpty() && !insecure
        ? Optional.of(Trust.ofCertificate(place.certificate().get()))
        : Trust.of(place.endpoint(), insecure, authorities, environment);
  }

  /// @throws IllegalArgumentException if there are none; the message says how to give some
  Credentials credentials(Configuration configuration) {
    return AdminKeys.find(credentials, configuration);
  }
}
