package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.delete`.
@Command(name = "s3.bucket.delete", description = "Deletes a bucket, if asked to with everything in it.")
public final class BucketDelete extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-includeObjects",
      "--includeObjects"}, description = "All versions of all objects in it too. They are gone for good.")
  private boolean includeObjects;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "includeObjects", includeObjects);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    String what = "bucket " + answer.path("name").asText() + " of " + answer.path("owner").asText() + " with "
        + answer.path("versions").asLong() + " versions, " + Screen.bytes(answer.path("bytes").asLong());
    if (answer.path("dryRun").asBoolean()) {
      screen.line("would delete " + what + (answer.path("versions").asLong() > 0 && !includeObjects
          ? ": refused without -includeObjects"
          : ""));
      sayHowToApply(answer, screen);
    } else {
      screen.good("deleted " + what);
    }
  }
}
