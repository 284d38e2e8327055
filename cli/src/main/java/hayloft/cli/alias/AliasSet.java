package hayloft.cli.alias;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import hayloft.cli.client.Alias;
import hayloft.cli.client.Aliases;
import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft alias set`.
@Command(name = "set", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Gives a store a name, in place of what had that name before.",
        "The keys are kept with it, in a file that nobody but you can read: those of --credentials, else those of the "
            + "environment (HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            + "MINIO_ROOT_USER and MINIO_ROOT_PASSWORD), else they are asked for.",
        ""},
    footer = {"", "Examples:", "  hayloft alias set barn --endpoint http://127.0.0.1:8333",
        "  hayloft alias set farm --endpoint https://s3.example.com --admin-endpoint https://10.0.0.7:9334 --ca ca.crt",
        "  hayloft shell --endpoint barn -c cluster.status"})
public final class AliasSet implements Callable<Integer>, Configurable {

  private static final int S3_PORT = 8333;
  private static final int ADMIN_PORT = 9334;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "NAME", converter = Alias.Name.class, description = "Letters, digits, - and _.")
  private String name = "";

  @Option(names = "--endpoint", paramLabel = "URL", converter = ClientOptions.Endpoint.class,
      description = "The S3 port, for bench and audit. Default: port 8333 of the host of --admin-endpoint.")
  private Optional<URI> s3 = Optional.empty();

  @Option(names = "--admin-endpoint", paramLabel = "URL", converter = ClientOptions.Endpoint.class,
      description = "The admin port, for the shell. Default: port 9334 of the host of --endpoint.")
  private Optional<URI> admin = Optional.empty();

  @Option(names = "--ca", paramLabel = "FILE", converter = Allowed.CertificateFile.class, description = "Certificates "
      + "in PEM that vouch for the store's, if it is https.")
  private Optional<Path> authorities = Optional.empty();

  @Option(names = "--credentials", paramLabel = "FILE", converter = Allowed.ReadableFile.class,
      description = "File with the keys, as the server's DIR/credentials.json.")
  private Optional<Path> credentials = Optional.empty();

  @Option(names = "--no-keys", description = "Keep no keys with it: they are looked for each time it is used, as for a "
      + "URL.")
  private boolean noKeys;

  @Mixin
  private AnswerForm form = new AnswerForm();

  private Map<String, String> environment = Map.of();

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
  }

  @Override
  public Integer call() throws IOException {
    if (s3.isEmpty() && admin.isEmpty()) {
      throw new ParameterException(spec.commandLine(), "where is it? --endpoint URL says so");
    }
    s3.ifPresent(uri -> requireNoKeys("--endpoint", uri));
    admin.ifPresent(uri -> requireNoKeys("--admin-endpoint", uri));
    if (noKeys && credentials.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--no-keys and --credentials contradict each other");
    }
    URI at = s3.or(() -> admin).orElseThrow();
    var alias = new Alias(name, s3.orElse(beside(at, S3_PORT)), admin.orElse(beside(at, ADMIN_PORT)),
        authorities.map(file -> file.toAbsolutePath().normalize()), noKeys ? Optional.empty() : keys());
    Aliases aliases = Aliases.of(environment);
    boolean replaced = aliases.set(alias);
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("name", name).put("s3", alias.s3().toString())
        .put("admin", alias.admin().toString()).put("replaced", replaced).put("file", aliases.file().toString());
    alias.keys().ifPresent(keys -> document.put("accessKey", keys.accessKey()));
    form.answer(spec.commandLine().getOut(), document,
        out -> out.println("alias " + name + (replaced ? " is now" : " is") + " S3 " + alias.s3()
            + ", admin " + alias.admin() + ", "
            + alias.keys().map(keys -> "with the keys of " + keys.accessKey() + " (" + keys.from() + ")")
                .orElse("without keys")
            + "; in " + aliases.file()));
    return 0;
  }

  private void requireNoKeys(String option, URI uri) {
    if (uri.getRawUserInfo() != null) {
      throw new ParameterException(spec.commandLine(), option + " takes no keys before an @, since every user of this"
          + " machine can read a command line (ps): leave them out, and give them as --help says");
    }
  }

  private static URI beside(URI uri, int port) {
    try {
      return new URI(uri.getScheme(), null, uri.getHost(), port, null, null, null);
    } catch (URISyntaxException e) {
      throw new IllegalStateException("it had a scheme and a host", e);
    }
  }

  private Optional<Credentials> keys() {
    if (credentials.isPresent()) {
      return credentials.map(Credentials::ofFile);
    }
    Optional<Credentials> set = Credentials.fromEnvironment(environment);
    if (set.isPresent()) {
      return set;
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      throw new ParameterException(spec.commandLine(), "no keys for it: name a file with --credentials, set"
          + " HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, or say --no-keys");
    }
    return asked(console);
  }

  private Optional<Credentials> asked(Console console) {
    String accessKey = console.readLine("Access key: ");
    char[] secret = console.readPassword("Secret key (not shown): ");
    if (accessKey == null || accessKey.isBlank() || secret == null || secret.length == 0) {
      throw new ParameterException(spec.commandLine(), "an access key and its secret belong together; --no-keys keeps"
          + " none");
    }
    return Optional.of(new Credentials(accessKey.strip(), new String(secret), "typed"));
  }
}
