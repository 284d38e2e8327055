package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.accesskey.rotate`.
@Command(name = "s3.accesskey.rotate", description = {"Replaces an access key by a generated one, at once.",
    "For a change without a gap make a further key first (s3.accesskey.create), and delete the old one when nobody "
        + "uses it."})
public final class AccessKeyRotate extends RemoteCommand {

  @Parameters(paramLabel = "KEY", description = "The access key.")
  private String accessKey = "";

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "accessKey", accessKey);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    if (answer.path("dryRun").asBoolean()) {
      screen.line("would replace access key " + answer.path("formerAccessKey").asText() + " of user "
          + answer.path("user").asText());
      sayHowToApply(answer, screen);
      return;
    }
    screen.good("access key " + answer.path("formerAccessKey").asText() + " of user " + answer.path("user").asText()
        + " holds no more");
    screen.pair("access key", answer.path("accessKey").asText());
    screen.pair("secret key", answer.path("secretKey").asText());
    screen.warning("The secret is not shown again.");
  }
}
