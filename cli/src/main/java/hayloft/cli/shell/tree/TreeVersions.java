package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.Pages;
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

  @Option(names = {"-after",
      "--after"}, paramLabel = "KEY", defaultValue = "",
      description = "Only what comes after this key, which a list ended with.")
  private String after = "";

  @Option(names = {"-afterVersion",
      "--afterVersion"}, paramLabel = "ID", defaultValue = "",
      description = "With -after: and after this version of it.")
  private String afterVersion = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    put(arguments, "afterKey", after);
    put(arguments, "afterVersion", afterVersion);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("versions"), "no versions", Column.text("VERSION", "versionId"),
        Column.time("MODIFIED", "modified"), Column.bytes("SIZE", "sizeBytes"), Column.yesNo("LATEST", "latest"),
        Column.yesNo("DELETE MARKER", "deleteMarker"), Column.text("OWNER", "owner"), Column.text("KEY", "key"));
    if (answer.path("truncated").asBoolean()) {
      Pages.sayCut(screen, answer.path("versions").size(), "-after", answer.path("next").path("after").asText(),
          "-afterVersion", answer.path("next").path("afterVersion").asText());
    }
  }

  /// All pages as one answer.
  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode versions = all.putArray("versions");
    JsonNode next;
    do {
      JsonNode page = session.run(name, arguments.put("limit", Math.min(Pages.ROWS, limit - versions.size())), watch);
      all.put("path", page.path("path").asText());
      page.path("versions").forEach(versions::add);
      next = page.path("next");
      put(arguments, "afterKey", next.path("afterKey").asText());
      arguments.remove("afterVersion");
      put(arguments, "afterVersion", next.path("afterVersion").asText());
    } while (next.isObject() && versions.size() < limit);
    if (next.isObject()) {
      ObjectNode goOn = all.putObject("next").put("after", next.path("afterKey").asText());
      put(goOn, "afterVersion", next.path("afterVersion").asText());
    }
    return all.put("truncated", next.isObject());
  }
}
