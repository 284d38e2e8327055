package hayloft.cli.token;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import hayloft.cli.admin.SecretKeys;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Unfit;
import hayloft.cli.config.Variables;
import hayloft.common.FileId;
import hayloft.common.token.FileTokens;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft token`. Asks no server.
@Command(name = "token", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Prints a token with which file ids may be used: assign, write and delete.",
        "It is signed with HAYLOFT_VOLUME_SECRET, which the server has too, and is sent",
        "as Authorization: Bearer TOKEN, or as ?jwt=TOKEN.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:printed",
        "1:HAYLOFT_VOLUME_SECRET is not set",
        "2:wrong usage, or something in the configuration is wrong"})
public final class TokenCommand implements Callable<Integer>, Configurable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Option(names = "--valid-for", paramLabel = "TIME", defaultValue = "1h", converter = Validity.class,
      description = "How long: 40s, 15m, 1h, 30d (default: ${DEFAULT-VALUE}).")
  private Duration validFor = Duration.ofHours(1);

  @Option(names = "--file-id", paramLabel = "FID", converter = AsFileId.class, description = "For this file id only, "
      + "such as 3,01637037d6: to write it, if the master has just given it, or to delete it. Default: for all, and "
      + "for assigning.")
  private Optional<FileId> fileId = Optional.empty();

  @Mixin
  private AnswerForm form = new AnswerForm();

  private @Nullable Configuration configuration;

  static final class AsFileId implements ITypeConverter<FileId> {
    @Override
    public FileId convert(String text) {
      try {
        return FileId.parse(text);
      } catch (IllegalArgumentException _) { // said with what is allowed
        throw new Unfit("a file id such as 3,01637037d6, as /dir/assign gives it", text);
      }
    }
  }

  /// A token that is over when it is printed would look like one.
  static final class Validity implements ITypeConverter<Duration> {
    private static final String ALLOWED = "a time of 1s or more, such as 15m, 12h or 30d";

    @Override
    public Duration convert(String text) {
      Duration time;
      try {
        time = new Allowed.Period().convert(text);
      } catch (Unfit _) { // said with what is allowed here
        throw new Unfit(ALLOWED, text);
      }
      if (time.isZero()) {
        throw new Unfit(ALLOWED, text);
      }
      return time;
    }
  }

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() throws IOException {
    String secret = Objects.requireNonNull(configuration).environment().getOrDefault(Variables.VOLUME_SECRET, "");
    if (secret.isEmpty()) {
      throw new IOException(Variables.VOLUME_SECRET + " is not set: it has to be what the server has");
    }
    Optional<String> weakness = SecretKeys.weakness(secret)
        .map(why -> Variables.VOLUME_SECRET + " " + why + ": whoever finds it out signs tokens of their own");
    var tokens = new FileTokens(secret, InstantSource.system());
    String token = fileId.map(id -> tokens.sign(id.toString(), validFor)).orElseGet(() -> tokens.signForAll(validFor));
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("token", token).put("validForSeconds",
        validFor.toSeconds());
    fileId.ifPresent(id -> document.put("fileId", id.toString()));
    weakness.ifPresent(why -> document.put("warning", why));
    form.answer(spec.commandLine().getOut(), document, out -> {
      weakness.ifPresent(why -> {
        spec.commandLine().getErr().println("hayloft: warning: " + why);
        spec.commandLine().getErr().flush();
      });
      out.println(token);
    });
    return 0;
  }
}
