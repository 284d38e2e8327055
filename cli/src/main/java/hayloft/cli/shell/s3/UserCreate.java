package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.user.create`.
@Command(name = "s3.user.create", description = "Makes a user with an access key.")
public final class UserCreate extends RemoteCommand {

  @Parameters(paramLabel = "USER", description = "Its id.")
  private String id = "";

  @Option(names = {"-displayName",
      "--displayName"}, paramLabel = "TEXT", defaultValue = "", description = "Default: the id.")
  private String displayName = "";

  @Option(names = {"-admin", "--admin"}, description = "May do everything, this shell included.")
  private boolean admin;

  @Option(names = {"-accessKey",
      "--accessKey"}, paramLabel = "KEY", defaultValue = "",
      description = "Instead of a generated one; with "
          + "-secretKey.")
  private String accessKey = "";

  @Option(names = {"-secretKey",
      "--secretKey"}, paramLabel = "SECRET", defaultValue = "",
      description = "Not in -c, which others on this machine"
          + " can read; better have it generated.")
  private String secretKey = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "id", id);
    put(arguments, "displayName", displayName);
    put(arguments, "admin", admin);
    put(arguments, "accessKey", accessKey);
    put(arguments, "secretKey", secretKey);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good(
        (answer.path("admin").asBoolean() ? "administrator " : "user ") + answer.path("id").asText() + " is there");
    screen.pair("access key", answer.path("accessKey").asText());
    screen.pair("secret key", answer.path("secretKey").asText());
    screen.warning("The secret is not shown again.");
  }
}
