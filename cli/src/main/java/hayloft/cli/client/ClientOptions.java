package hayloft.cli.client;

import hayloft.cli.config.Allowed;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Unfit;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// The mixin of every command that is a client of a store.
@SettingGroup("Clients")
public final class ClientOptions {

  @Option(names = "--endpoint", paramLabel = "URL", defaultValue = "http://127.0.0.1:8333", converter = Endpoint.class,
      description = "The store's S3 port, http or https (default: ${DEFAULT-VALUE}).")
  private URI endpoint = URI.create("http://127.0.0.1:8333");

  @Option(names = "--access-key", paramLabel = "KEY", description = "Default: HAYLOFT_ROOT_USER, then "
      + "AWS_ACCESS_KEY_ID, then MINIO_ROOT_USER.")
  private Optional<String> accessKey = Optional.empty();

  @Option(names = "--secret-key", paramLabel = "SECRET", description = "Not from the command line, which other users"
      + " of the machine can read, but from HAYLOFT_SECRET_KEY or a configuration file that only its owner can read."
      + " Default: the variable that belongs to the access key's.")
  private Optional<String> secretKey = Optional.empty();

  @Option(names = "--region", paramLabel = "NAME", defaultValue = "us-east-1", converter = Allowed.Region.class,
      description = "Region that signatures and bucket locations name (default: ${DEFAULT-VALUE}).")
  private String region = "us-east-1";

  @Option(names = "--ca", paramLabel = "FILE", converter = Allowed.CertificateFile.class, description = "Certificates "
      + "in PEM that vouch for the store's, if the endpoint is https: the ca.crt of hayloft cert create. Default: "
      + "AWS_CA_BUNDLE, then the public authorities that Java knows.")
  private Optional<Path> authorities = Optional.empty();

  @Option(names = "--insecure", arity = "0..1", fallbackValue = "true", defaultValue = "false",
      paramLabel = "true|false", converter = Allowed.Truth.class, description = "Take whatever certificate the store "
          + "shows: whoever stands in between can then read and change everything (default: ${DEFAULT-VALUE}).")
  private boolean insecure;

  public URI endpoint() {
    return endpoint;
  }

  public String region() {
    return region;
  }

  /// Whom to believe to be the store; empty if the endpoint is plain HTTP.
  ///
  /// @throws IOException if the file with the authorities cannot be read
  public Optional<ClientTls> tls(Map<String, String> environment) throws IOException {
    return tls(endpoint, environment);
  }

  /// The same for another endpoint.
  public Optional<ClientTls> tls(URI other, Map<String, String> environment) throws IOException {
    return Trust.of(other, insecure, authorities, environment);
  }

  /// The keys given as settings, else the administrator's from the environment.
  ///
  /// @throws IllegalArgumentException if there are none, or one without the other
  public Credentials credentials(Map<String, String> environment) {
    if (accessKey.isPresent() != secretKey.isPresent()) {
      throw new IllegalArgumentException("--access-key and HAYLOFT_SECRET_KEY belong together, but only "
          + (accessKey.isPresent() ? "--access-key" : "HAYLOFT_SECRET_KEY") + " is set");
    }
    if (accessKey.isPresent() && secretKey.isPresent()) {
      return new Credentials(accessKey.get(), secretKey.get(), "--access-key");
    }
    return Credentials.fromEnvironment(environment).orElseThrow(() -> new IllegalArgumentException(
        "no credentials: set HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, or --access-key and HAYLOFT_SECRET_KEY"));
  }

  /// A URL without a path.
  public static final class Endpoint implements ITypeConverter<URI> {
    @Override
    public URI convert(String text) {
      try {
        URI uri = new URI(text.strip());
        if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null
            && (uri.getPath().isEmpty() || uri.getPath().equals("/")) && uri.getQuery() == null) {
          return uri;
        }
      } catch (URISyntaxException _) { // said below, with what is allowed
        throw new Unfit("a URL such as http://127.0.0.1:8333 or https://s3.example.com", text);
      }
      throw new Unfit("a URL such as http://127.0.0.1:8333 or https://s3.example.com", text);
    }
  }
}
