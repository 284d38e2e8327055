package hayloft.cli.shell.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;

/// `catalog.lost`.
@Command(name = "catalog.lost", description = {
    "Whose newest state cannot be read: until that is overwritten, readable again or given up, what rests on older "
        + "states answers 500.",
    "Walks over all rows for the names if anything is lost. Exit code 1 if something is."})
public final class CatalogLost extends RemoteCommand {

  @Override
  protected void show(JsonNode answer, Screen screen) {
    answer.path("lost").forEach(lost -> showOne(lost, screen));
    if (answer.path("lost").isEmpty()) {
      screen.good("nothing is lost");
    } else {
      screen.line(answer.path("lost").size() + " lost");
    }
  }

  /// Whose it is, where it was, what helps.
  private static void showOne(JsonNode lost, Screen screen) {
    screen.bad(lost.path("whose").asText());
    if (lost.path("what").asText().equals("volume")) {
      screen.line("  " + lost.path("found").asText());
    } else {
      screen.line("  volume " + lost.path("volume").asInt() + " at " + lost.path("offset").asLong()
          + (lost.has("needle") ? ", needle " + lost.path("needle").asText() : "")
          + (lost.has("since") ? ", since " + lost.path("since").asText() : "") + ": " + lost.path("found").asText());
    }
    screen.line("  " + lost.path("help").asText());
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("lost").isEmpty() ? 0 : 1;
  }
}
