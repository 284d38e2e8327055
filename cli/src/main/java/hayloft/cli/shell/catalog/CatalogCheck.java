package hayloft.cli.shell.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;

/// `catalog.check`.
@Command(name = "catalog.check", description = {
    "Makes each row again from its needle and compares, both ways, over all volumes, while the store works.",
    "Exit code 1 if they differ."})
public final class CatalogCheck extends RemoteCommand {

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line(answer.path("mutations").asLong() + " mutations, " + answer.path("chunks").asLong() + " chunks");
    answer.path("rows").properties()
        .forEach(table -> screen.line("table " + table.getKey() + ": " + table.getValue().asLong()
            + " rows"));
    answer.path("counts").properties().forEach(count -> screen.bad(count.getValue().asLong() + " x " + count.getKey()));
    if (!answer.path("complete").asBoolean()) {
      screen.bad("gave up: too many findings");
    }
    if (answer.path("clean").asBoolean()) {
      screen.good("the catalog says what the volumes say");
    } else {
      screen.line("catalog.rebuild mends rows; what is missing in the volumes it cannot bring back"
          + (answer.path("counts").has("truth lost") ? "; catalog.lost says what to do about lost truths" : ""));
    }
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("clean").asBoolean() ? 0 : 1;
  }
}
