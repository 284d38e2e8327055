package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.meta.cat`.
@Command(name = "fs.meta.cat", description = "Everything that the catalog knows of an object, its needles included.")
public final class TreeMeta extends RemoteCommand {

  @Parameters(paramLabel = "PATH", description = "/BUCKET/KEY.")
  private String path = "";

  @Option(names = {"-versionId",
      "--versionId"}, paramLabel = "ID", defaultValue = "", description = "This version instead of the current one.")
  private String versionId = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    put(arguments, "versionId", versionId);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.document(answer);
  }
}
