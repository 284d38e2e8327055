package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.versions`.
@Command(name = "fs.versions", description = "Lists all versions of an object and its delete markers, newest first.")
public final class TreeVersions extends RemoteCommand {

  @Parameters(paramLabel = "PATH", description = "/BUCKET/KEY; /BUCKET or /BUCKET/PREFIX/ for everything below.")
  private String path = "";

  @Option(names = {"-limit",
      "--limit"}, paramLabel = "N", defaultValue = "10000", converter = Allowed.Count.class,
      description = "Versions at most (default: ${DEFAULT-VALUE}).")
  private int limit = 10_000;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("versions"), "no versions", Column.text("VERSION", "versionId"),
        Column.time("MODIFIED", "modified"), Column.bytes("SIZE", "sizeBytes"), Column.yesNo("LATEST", "latest"),
        Column.yesNo("DELETE MARKER", "deleteMarker"), Column.text("OWNER", "owner"), Column.text("KEY", "key"));
    if (answer.path("truncated").asBoolean()) {
      screen.warning("there is more: -limit");
    }
  }

  /// All pages as one answer.
  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode versions = all.putArray("versions");
    JsonNode next;
    boolean cut = false;
    do {
      JsonNode page = session.run(name, arguments, watch);
      all.put("path", page.path("path").asText());
      for (JsonNode version : page.path("versions")) {
        if (versions.size() < limit) {
          versions.add(version);
        } else {
          cut = true;
        }
      }
      next = page.path("next");
      arguments.remove("afterVersion");
      if (next.isObject()) {
        arguments.setAll((ObjectNode) next);
      }
    } while (next.isObject() && versions.size() < limit);
    return all.put("truncated", cut || next.isObject());
  }
}
