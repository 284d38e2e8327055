package hayloft.cli.shell.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `catalog.rebuild`.
@Command(name = "catalog.rebuild", description = {
    "Has the next start throw the rows away and make them anew from the volumes.",
    "Until then nothing changes. Not done live: a start makes sure that nobody works with them meanwhile."})
public final class CatalogRebuild extends RemoteCommand {

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    boolean dry = answer.path("dryRun").asBoolean();
    screen.line("at the next start " + Screen.bytes(answer.path("catalogBytes").asLong()) + " of rows (about "
        + answer.path("rowsEstimated").asLong() + ") " + (dry ? "would be" : "are")
        + " thrown away and made again from "
        + answer.path("needles").asLong() + " needles in " + answer.path("volumes").asLong() + " volumes ("
        + Screen.bytes(answer.path("volumeBytes").asLong()) + ")");
    if (dry) {
      sayHowToApply(answer, screen);
    } else {
      screen.good("marked: restart the server when it suits; /healthz tells how far the rebuild is");
    }
  }
}
