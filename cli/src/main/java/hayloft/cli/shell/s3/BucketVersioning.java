package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.versioning`.
@Command(name = "s3.bucket.versioning",
    description = "Whether a bucket keeps the versions of its objects. Shows it, or "
        + "sets it.")
public final class BucketVersioning extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-status", "--status"}, paramLabel = "enabled|suspended", defaultValue = "",
      description = "From now on. Suspended: new objects replace what has no version; versions that are there stay.")
  private String status = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "status", status);
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return super.ask(session, nameFor(name, arguments, "status"), arguments, watch);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line("bucket " + answer.path("name").asText() + " is " + switch (answer.path("versioning").asText()) {
      case "enabled" -> "versioned: every write makes a version, every delete a delete marker";
      case "suspended" -> "suspended: versions that are there stay, new objects make none";
      default -> "unversioned: a write replaces what was there";
    });
  }
}
