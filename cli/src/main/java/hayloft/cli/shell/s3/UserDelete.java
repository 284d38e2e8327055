package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.user.delete`.
@Command(name = "s3.user.delete", description = "Deletes a user and all its access keys.")
public final class UserDelete extends RemoteCommand {

  @Parameters(paramLabel = "USER", description = "Its id.")
  private String id = "";

  @Option(names = {"-force",
      "--force"}, description = "Even if it owns buckets, which then are nobody's but administrators'.")
  private boolean force;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "id", id);
    put(arguments, "force", force);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen
        .line((answer.path("dryRun").asBoolean() ? "would delete user " : "deleted user ") + answer.path("id").asText()
            + " with " + answer.path("accessKeys").size() + " access keys");
    answer.path("ownedBuckets").forEach(bucket -> screen.warning("it owns bucket " + bucket.asText()));
    sayHowToApply(answer, screen);
  }
}
