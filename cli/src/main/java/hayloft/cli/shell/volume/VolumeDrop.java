package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.drop`.
@Command(name = "volume.drop", description = {
    "Gives volumes up with all that is in them, whether their files are gone or there: names every object that is "
        + "lost.",
    "What was deleted or overwritten by something in them stays so. Files that are there are put aside (N.*.given-up), "
        + "none is deleted. "
        + "There is no way back. Without -apply it only shows what would be lost."})
public final class VolumeDrop extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId", "-volume",
      "--volume"}, paramLabel = "N", split = ",", description = "These.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-missing",
      "--missing"}, description = "All whose files are not there, of a lost disk for instance.")
  private boolean missing;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    put(arguments, "missing", missing);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    boolean dry = answer.path("dryRun").asBoolean();
    boolean any = false;
    for (JsonNode volume : answer.path("volumes")) {
      String name = "volume " + volume.path("volume").asInt();
      if (volume.path("goneAlready").asBoolean()) {
        screen.line(name + " is retired or was given up already");
        continue;
      }
      any = true;
      volume.path("lost")
          .forEach(lost -> screen.bad((dry ? "would be lost: " : "lost: ") + lost.path("what").asText() + ", needle "
              + lost.path("needle").asText()));
      long unnamed = volume.path("lostCount").asLong() - volume.path("lost").size();
      if (unnamed > 0) {
        screen.bad("and " + unnamed + " more, named above");
      }
      screen.line(name + ": " + volume.path("lostCount").asLong() + (dry ? " would be" : "") + " lost, "
          + volume.path("keptCount").asLong()
          + (dry ? " would be" : "") + " said again in other volumes; its files "
          + (volume.path("filesAreThere").asBoolean()
              ? (dry ? "would be" : "are") + " put aside"
              : "are not there"));
    }
    if (answer.path("volumes").isEmpty()) {
      screen.good("no volume is missing");
    } else if (any) {
      sayHowToApply(answer, screen);
    }
  }
}
