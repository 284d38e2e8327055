package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `s3.user.enable`.
@Command(name = "s3.user.enable", description = "Lets the keys of a disabled user in again.")
public final class UserEnable extends RemoteCommand {

  @Parameters(paramLabel = "USER", description = "Its id.")
  private String id = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "id", id);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good("user " + answer.path("id").asText()
        + (answer.path("changed").asBoolean() ? " is enabled" : " was enabled already")
        + ": its " + answer.path("accessKeys").asLong() + " access keys are good again");
  }
}
