package hayloft.cli.config;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/// Environment variables that are no settings: secrets, which have no place among a command's arguments, and what the
/// launcher reads. Stateless.
public final class Variables {

  /// Names the configuration file.
  public static final String CONFIG = "HAYLOFT_CONFIG";

  /// Signs the tokens of the volume port.
  public static final String VOLUME_SECRET = "HAYLOFT_VOLUME_SECRET";

  /// Go with figures to a receiver of OpenTelemetry's.
  public static final String OTLP_HEADERS = "HAYLOFT_OTLP_HEADERS";

  /// Of the other endpoint of a comparison.
  public static final String VERSUS_SECRET_KEY = "HAYLOFT_VERSUS_SECRET_KEY";

  /// @param secret whether only its being set may be shown
  /// @param meaning in Markdown, for docs/configuration.md
  record Variable(String name, boolean secret, String meaning) {}

  static final List<Variable> ALL = List.of(
      new Variable(CONFIG, false, "The configuration file, unless `--config` names one."),
      new Variable("HAYLOFT_ROOT_USER", false,
          "Access key of the administrator, and of commands that act as a client. `AWS_ACCESS_KEY_ID`, then "
              + "`MINIO_ROOT_USER` are looked at "
              + "next; the first pair that is set counts. Without any, the server generates credentials once, keeps "
              + "them in "
              + "`DIR/credentials.json` and prints them on standard error. Changed credentials end the old ones at the "
              + "next start."),
      new Variable("HAYLOFT_ROOT_PASSWORD", true,
          "The secret key that belongs to it; then `AWS_SECRET_ACCESS_KEY`, then `MINIO_ROOT_PASSWORD`."),
      new Variable("HAYLOFT_STORE_KEY", true,
          "32 bytes in hex or base64 that seal the secrets in the store. Without it they are in `DIR/store.key`, made "
              + "at the first start. "
              + "**Keep a copy:** without the key the users' secrets cannot be read."),
      new Variable(VOLUME_SECRET, true,
          "Lets those who have a signed token (a JSON Web Token, HS256) use [file ids](file-ids.md): `hayloft token` "
              + "makes one for everything, and `/dir/assign` gives one for each file id as `auth`. Without it, and "
              + "without `--open-file-ids`, nobody may."),
      new Variable(OTLP_HEADERS, true,
          "Headers for the receiver that `--otlp-endpoint` names, such as its token: `name=value`, separated by "
              + "commas, values "
              + "percent-encoded."),
      new Variable(VERSUS_SECRET_KEY, true,
          "Secret key of the endpoint that `hayloft bench --versus` names, if it is another than the first one's."),
      new Variable("HAYLOFT_JAVA_HOME", false, "Read by the launcher: the JDK to use."),
      new Variable("HAYLOFT_JAVA_OPTS", false, "Read by the launcher: further options of the JVM."));

  /// Kubernetes puts the addresses of services into the environment of every container of a namespace. A service called
  /// `hayloft` gives `HAYLOFT_SERVICE_HOST` and the like, one called `hayloft-s3` gives `HAYLOFT_S3_PORT=tcp://…`:
  /// nobody meant them for us.
  private static final Pattern OF_A_SERVICE = Pattern
      .compile("HAYLOFT_(\\w+_)?(SERVICE_(HOST|PORT(_\\w+)?)|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");
  private static final Pattern ADDRESS_OF_A_SERVICE = Pattern.compile("(tcp|udp|sctp)://.*");

  private Variables() {}

  static List<String> names() {
    return ALL.stream().map(Variable::name).toList();
  }

  /// Whether a variable was made by Kubernetes for a service and is left alone.
  static boolean isOfAService(String name, String value) {
    return OF_A_SERVICE.matcher(name).matches()
        || name.startsWith(Settings.PREFIX) && ADDRESS_OF_A_SERVICE.matcher(value).matches();
  }

  /// The value, or empty if it is not set: an empty variable counts as not set, as compose files pass them.
  public static String value(Map<String, String> environment, String name) {
    String value = environment.getOrDefault(name, "");
    return isOfAService(name, value) ? "" : value;
  }
}
