package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.Trust;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.SettingGroup;
import hayloft.common.directory.SummedJson;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The mixin of what a shell needs to know: where the server is and who asks.
@SettingGroup("Shell")
final class ShellOptions {

  @Option(names = {"--endpoint",
      "--admin-endpoint"}, paramLabel = "URL", defaultValue = "http://127.0.0.1:9334",
      converter = ClientOptions.Endpoint.class, description = "The server's admin port (default: "
          + "${DEFAULT-VALUE}).")
  private URI endpoint = URI.create("http://127.0.0.1:9334");

  @Option(names = {"--credentials",
      "--admin-credentials"}, paramLabel = "FILE", converter = Allowed.ReadableFile.class,
      description = "File with the administrator's keys, as the server's DIR/credentials.json. Without it they are "
          + "taken from the environment: HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, then AWS_ACCESS_KEY_ID and "
          + "AWS_SECRET_ACCESS_KEY, then MINIO_ROOT_USER and MINIO_ROOT_PASSWORD.")
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

  /// Whom to believe to be the server; empty if the endpoint is plain HTTP.
  ///
  /// @throws IOException if the file with the authorities cannot be read
  Optional<ClientTls> tls(Map<String, String> environment) throws IOException {
    return Trust.of(endpoint, insecure, authorities, environment);
  }

  URI endpoint() {
    return endpoint;
  }

  /// @throws IOException if there are none; the message says how to give some
  Credentials credentials(Map<String, String> environment) throws IOException {
    if (credentials.isPresent()) {
      return read(credentials.get());
    }
    return Credentials.fromEnvironment(environment).orElseThrow(() -> new IOException(
        """
            no credentials of an administrator
              in the environment:  HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, as the server has them
              from a file:         --credentials DIR/credentials.json, where the server keeps those that it made"""));
  }

  private static Credentials read(Path file) throws IOException {
    JsonNode json = SummedJson.readOld(Files.readAllBytes(file), file.toString());
    String accessKey = json.path("accessKey").asText();
    String secretKey = json.path("secretKey").asText();
    if (!accessKey.isEmpty() && !secretKey.isEmpty()) {
      return new Credentials(accessKey, secretKey, file.toString());
    }
    throw new IOException(file + " does not hold {\"accessKey\", \"secretKey\"}");
  }
}
