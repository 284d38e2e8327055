package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `s3.user.disable`.
@Command(name = "s3.user.disable", description = {
    "Refuses every key of a user from now on: requests, presigned URLs, forms, this shell.",
    "Keys, buckets and objects stay; s3.user.enable lets the keys in again."})
public final class UserDisable extends RemoteCommand {

  @Parameters(paramLabel = "USER", description = "Its id.")
  private String id = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "id", id);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good("user " + answer.path("id").asText()
        + (answer.path("changed").asBoolean() ? " is disabled" : " was disabled already")
        + ": its " + answer.path("accessKeys").asLong() + " access keys are refused from now on");
  }
}
