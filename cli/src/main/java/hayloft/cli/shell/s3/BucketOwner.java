package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.owner`.
@Command(name = "s3.bucket.owner", description = {"Tells whose a bucket is, or gives it to another user.",
    "With it go all objects in it that were its former owner's."})
public final class BucketOwner extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-owner", "--owner"}, paramLabel = "USER", defaultValue = "", description = "Who is to have it.")
  private String owner = "";

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "owner", owner);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    if (!answer.has("dryRun")) {
      screen.line("bucket " + answer.path("name").asText() + " is " + answer.path("owner").asText() + "'s");
      return;
    }
    screen.line("bucket " + answer.path("name").asText() + (answer.path("dryRun").asBoolean() ? " would go" : " went")
        + " from " + answer.path("formerOwner").asText() + " to " + answer.path("owner").asText()
        + ", with the objects in it that were his");
    sayHowToApply(answer, screen);
  }
}
