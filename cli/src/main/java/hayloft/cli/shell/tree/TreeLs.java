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

/// `fs.ls`.
@Command(name = "fs.ls", description = "Lists buckets, or what lies at a path.")
public final class TreeLs extends RemoteCommand {

  @Parameters(paramLabel = "PATH", arity = "0..1", defaultValue = "/", description = "/, /BUCKET, or /BUCKET/PREFIX "
      + "(default: ${DEFAULT-VALUE}).")
  private String path = "/";

  @Option(names = {"-l", "--long"}, description = "With size, time, owner and ETag.")
  private boolean longForm;

  @Option(names = {"-R", "--recursive"}, description = "Everything below too.")
  private boolean recursive;

  @Option(names = {"-limit",
      "--limit"}, paramLabel = "N", defaultValue = "10000", converter = Allowed.Count.class,
      description = "Entries at most (default: "
          + "${DEFAULT-VALUE}).")
  private int limit = 10_000;

  @Option(names = {"-after",
      "--after"}, paramLabel = "KEY", defaultValue = "",
      description = "Only what comes after this name, which a "
          + "list ended with.")
  private String after = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    put(arguments, "recursive", recursive);
    put(arguments, "after", after);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    if (longForm) {
      screen.table(answer.path("entries"), "nothing", Column.bytes("SIZE", "sizeBytes"),
          Column.time("MODIFIED", "modified"), Column.text("OWNER", "owner"), Column.text("ETAG", "etag"),
          Column.text("NAME", "name"));
    } else {
      answer.path("entries").forEach(entry -> screen.line(entry.path("name").asText()));
    }
    if (answer.path("truncated").asBoolean()) {
      Pages.sayCut(screen, answer.path("entries").size(), "-after", answer.path("next").asText());
    }
  }

  /// All pages as one answer.
  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ArrayNode entries = all.putArray("entries");
    String next;
    do {
      JsonNode page = session.run(name, arguments.put("limit", Math.min(Pages.ROWS, limit - entries.size())), watch);
      all.put("path", page.path("path").asText());
      page.path("entries").forEach(entries::add);
      next = page.path("next").asText();
      arguments.put("after", next);
    } while (!next.isEmpty() && entries.size() < limit);
    if (!next.isEmpty()) {
      all.put("next", next);
    }
    return all.put("truncated", !next.isEmpty());
  }
}
