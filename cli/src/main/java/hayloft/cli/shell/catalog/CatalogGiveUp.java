package hayloft.cli.shell.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `catalog.giveup`.
@Command(name = "catalog.giveup", description = {
    "Takes what is older than a lost state for the truth: an older version is shown again, or what was deleted after "
        + "it, or nothing.",
    "There is no way back: the damaged needle counts as dead even if it can be read one day. Name volumes or needles "
        + "as catalog.lost shows "
        + "them, or -all. A volume whose files are gone is given up by volume.drop."})
public final class CatalogGiveUp extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId", "-volume",
      "--volume"}, paramLabel = "N", split = ",", description = "Everything that is lost in these.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-needle", "--needle"}, paramLabel = "V,KEY", description = "This one; may be repeated.")
  private List<String> needles = new ArrayList<>();

  @Option(names = {"-all", "--all"}, description = "Everything that is lost.")
  private boolean all;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    if (!needles.isEmpty()) {
      ArrayNode list = arguments.putArray("needles");
      needles.forEach(list::add);
    }
    put(arguments, "all", all);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    boolean dry = answer.path("dryRun").asBoolean();
    for (JsonNode lost : answer.path("givenUp")) {
      screen.line((dry ? "would give up " : "gave up ") + lost.path("whose").asText() + ", volume "
          + lost.path("volume").asInt() + " at " + lost.path("offset").asLong()
          + (lost.has("needle") ? ", needle " + lost.path("needle").asText() : ""));
    }
    if (answer.path("givenUp").isEmpty()) {
      screen.line("nothing of that is lost");
    } else {
      sayHowToApply(answer, screen);
    }
    for (JsonNode volume : answer.path("volumes")) {
      screen.warning(volume.path("whose").asText() + " stays lost: " + volume.path("help").asText());
    }
  }
}
