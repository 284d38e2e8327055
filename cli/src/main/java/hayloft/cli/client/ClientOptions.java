package hayloft.cli.client;

import hayloft.cli.config.Allowed;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Source;
import hayloft.cli.config.Unfit;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// The mixin of every command that is a client of a store.
@SettingGroup("Clients")
public final class ClientOptions {

  @Option(names = "--endpoint", paramLabel = "URL|NAME", defaultValue = "http://127.0.0.1:8333",
      converter = StoreName.Reading.class, description = "The store's S3 port, http or https, or the name of an alias "
          + "(hayloft alias), which knows where that is, and the keys (default: ${DEFAULT-VALUE}).")
  private StoreName endpoint = new StoreName.At(URI.create("http://127.0.0.1:8333"));

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

  private @Nullable Configuration configuration;
  private @Nullable Alias alias;

  /// Before anything is asked: settings, and who has set them.
  public void configured(Configuration told) {
    configuration = told;
  }

  /// As its user named it.
  public StoreName name() {
    return endpoint;
  }

  /// @throws IllegalArgumentException if there is no alias of that name
  public URI endpoint() {
    return switch (endpoint) {
      case StoreName.At(URI uri) -> uri;
      case StoreName.Named _ -> alias().orElseThrow().s3();
    };
  }

  private Optional<Alias> alias() {
    if (alias == null && endpoint instanceof StoreName.Named(String name)) {
      Configuration told = Objects.requireNonNull(configuration);
      alias = Aliases.of(told.environment()).named(name, told.source("endpoint").written("endpoint"));
    }
    return Optional.ofNullable(alias);
  }

  /// What is written on the command line goes before an alias, and that before the environment and the file.
  private boolean isFlag(String key) {
    return configuration != null && configuration.source(key) instanceof Source.Flag;
  }

  public String region() {
    return region;
  }

  /// Whom to believe to be the store; empty if the endpoint is plain HTTP.
  ///
  /// @throws IOException if the file with the authorities cannot be read
  public Optional<ClientTls> tls(Map<String, String> environment) throws IOException {
    return tls(endpoint(), alias(), environment);
  }

  /// The same for another endpoint.
  ///
  /// @param named the alias that it has, if any
  public Optional<ClientTls> tls(URI other, Optional<Alias> named, Map<String, String> environment)
      throws IOException {
    Optional<Path> ofAlias = isFlag("ca") ? Optional.empty() : named.flatMap(Alias::authorities);
    return Trust.of(other, insecure, ofAlias.or(() -> authorities), environment);
  }

  /// The keys of the command line, else the alias's, else those given as settings, else the administrator's from the
  /// environment.
  ///
  /// @throws IllegalArgumentException if there are none, or one without the other
  public Credentials credentials(Map<String, String> environment) {
    Optional<Credentials> ofAlias = alias().flatMap(Alias::keys);
    if (ofAlias.isPresent() && !isFlag("access-key")) {
      return ofAlias.get();
    }
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
    static final String MUST = "a URL such as http://127.0.0.1:8333 or https://s3.example.com";

    @Override
    public URI convert(String text) {
      try {
        URI uri = new URI(text.strip());
        if (("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) && uri.getHost() != null
            && (uri.getPath().isEmpty() || uri.getPath().equals("/")) && uri.getQuery() == null) {
          return uri;
        }
      } catch (URISyntaxException _) { // said below, with what is allowed
        throw new Unfit(MUST, text);
      }
      throw new Unfit(MUST, text);
    }
  }
}
