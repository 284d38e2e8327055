package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `fs.du`.
@Command(name = "fs.du", description = "Counts objects and bytes below a path, for each branch. Only current versions "
    + "count.")
public final class TreeDu extends RemoteCommand {

  @Parameters(paramLabel = "PATH", arity = "0..1", defaultValue = "/", description = "/, /BUCKET, or /BUCKET/PREFIX "
      + "(default: ${DEFAULT-VALUE}).")
  private String path = "/";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("branches"), "no objects", Column.count("OBJECTS", "objects"),
        Column.bytes("BYTES", "bytes"),
        Column.text("NAME", "name"));
    if (answer.path("truncated").asBoolean()) {
      screen.warning("more than " + (answer.path("branches").size() - 1) + " branches: the last line is all others");
    }
    screen.heading(answer.path("objects").asLong() + " objects, " + Screen.bytes(answer.path("bytes").asLong()) + " ("
        + answer.path("bytes").asLong() + " bytes) in " + answer.path("path").asText());
  }
}
