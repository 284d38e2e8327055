package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.accesskey.delete`.
@Command(name = "s3.accesskey.delete", description = "Takes an access key away; a user's only one stays.")
public final class AccessKeyDelete extends RemoteCommand {

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
    screen.line((answer.path("dryRun").asBoolean() ? "would delete access key " : "deleted access key ")
        + answer.path("accessKey").asText() + " of user " + answer.path("user").asText() + ", who keeps "
        + answer.path("keysLeft").asLong());
    sayHowToApply(answer, screen);
  }
}
