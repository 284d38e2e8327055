package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `level.raise`.
@Command(name = "level.raise", description = {
    "Which level of formats the store has in every directory, and which it could have with this program: raises it to "
        + "that.",
    "There is no way back: programs that do not know the level refuse the store from then on."})
public final class LevelRaise extends RemoteCommand {

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("directories"), "no directories", Column.text("DIRECTORY", "directory"),
        Column.count("LEVEL", "level"));
    int level = answer.path("level").asInt();
    int newest = answer.path("newestLevel").asInt();
    if (level == newest) {
      screen.good("nothing to raise: this program knows no level above " + newest);
    } else if (answer.path("dryRun").asBoolean()) {
      screen.line("would raise the store from level " + level + " to " + newest
          + "; programs that do not know it would refuse the store");
      sayHowToApply(answer, screen);
    } else {
      screen.good("raised from level " + level + " to " + newest);
    }
  }
}
