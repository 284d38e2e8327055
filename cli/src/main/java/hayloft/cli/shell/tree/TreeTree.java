package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Pages;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.tree`.
@Command(name = "fs.tree", description = "Draws what lies below a path.")
public final class TreeTree extends RemoteCommand {

  @Parameters(paramLabel = "PATH", arity = "0..1", defaultValue = "/", description = "/, /BUCKET, or /BUCKET/PREFIX "
      + "(default: ${DEFAULT-VALUE}).")
  private String path = "/";

  @Option(names = {"-depth",
      "--depth"}, paramLabel = "N", defaultValue = "3", description = "Levels (default: ${DEFAULT-VALUE}).")
  private int depth = 3;

  @Option(names = {"-limit",
      "--limit"}, paramLabel = "N", defaultValue = "1000", description = "Lines at most (default: ${DEFAULT-VALUE}).")
  private int limit = 1000;

  @Option(names = {"-after",
      "--after"}, paramLabel = "KEY", defaultValue = "",
      description = "Only what comes after this key, which a "
          + "drawing ended with; of / it begins with the bucket.")
  private String after = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    arguments.put("depth", depth).put("limit", limit);
    put(arguments, "after", after);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line(answer.path("path").asText());
    draw(answer.path("children"), "", screen);
    if (answer.path("cut").asBoolean()) {
      Pages.sayCut(screen, limit, "-after", answer.path("next").asText());
    }
  }

  private static void draw(JsonNode children, String indent, Screen screen) {
    for (int i = 0; i < children.size(); i++) {
      JsonNode child = children.get(i);
      boolean last = i == children.size() - 1;
      screen.line(indent + (last ? "`-- " : "|-- ") + child.path("name").asText()
          + (child.has("sizeBytes") ? "  " + Screen.bytes(child.path("sizeBytes").asLong()) : ""));
      draw(child.path("children"), indent + (last ? "    " : "|   "), screen);
    }
  }
}
