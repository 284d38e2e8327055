package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.accesskey.create`.
@Command(name = "s3.accesskey.create", description = "Gives a user a further access key.")
public final class AccessKeyCreate extends RemoteCommand {

  @Parameters(paramLabel = "USER", description = "Whose.")
  private String user = "";

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
    put(arguments, "user", user);
    put(arguments, "accessKey", accessKey);
    put(arguments, "secretKey", secretKey);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good("a further key of user " + answer.path("user").asText());
    screen.pair("access key", answer.path("accessKey").asText());
    screen.pair("secret key", answer.path("secretKey").asText());
    screen.warning("The secret is not shown again.");
  }
}
