package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.create`.
@Command(name = "s3.bucket.create", description = "Makes a bucket.")
public final class BucketCreate extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-owner",
      "--owner"}, paramLabel = "USER", defaultValue = "", description = "Whose it is (default: yours).")
  private String owner = "";

  @Option(names = {"-versioning", "--versioning"}, description = "Keep all versions from the start.")
  private boolean versioning;

  @Option(names = {"-objectLock", "--objectLock"}, description = "Refused: there is no object lock yet.")
  private boolean objectLock;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "owner", owner);
    put(arguments, "versioning", versioning);
    put(arguments, "objectLock", objectLock);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good("bucket " + answer.path("name").asText() + " is " + answer.path("owner").asText() + "'s");
  }
}
