package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.vacuum`.
@Command(name = "volume.vacuum", description = {"Compacts volumes: copies what lives and gives back the rest.",
    "The server does so by itself (--compact-dead); this is for doing it now. Without -apply it only shows what it "
        + "would do."})
public final class VolumeVacuum extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId"}, paramLabel = "N", split = ",", description = "Only these.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-garbageThreshold",
      "--garbageThreshold"}, paramLabel = "SHARE", defaultValue = "0.3",
      description = "Of a volume that must be dead, "
          + "0 to 1 (default: ${DEFAULT-VALUE}).")
  private double threshold = 0.3;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    arguments.put("garbageThreshold", threshold);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    if (answer.path("dryRun").asBoolean()) {
      screen.table(answer.path("volumes"), "no volume has that much garbage", Column.count("VOLUME", "volume"),
          Column.bytes("SIZE", "sizeBytes"), Column.bytes("DEAD", "deadBytes"), Column.percent("GARBAGE", "garbage"));
      if (!answer.path("volumes").isEmpty()) {
        screen.line("would give back " + Screen.bytes(answer.path("deadBytes").asLong()));
        sayHowToApply(answer, screen);
      }
    } else {
      screen.table(answer.path("volumes"), "no volume has that much garbage", Column.count("VOLUME", "volume"),
          Column.bytes("SIZE", "sizeBytes"), Column.yesNo("COMPACTED", "compacted"),
          Column.bytes("NOW", "sizeBytesAfter"));
      screen.line("gave back " + Screen.bytes(answer.path("freedBytes").asLong()));
    }
  }

  /// 1 if a volume was left alone.
  @Override
  protected int exitCode(JsonNode answer) {
    for (JsonNode volume : answer.path("volumes")) {
      if (!answer.path("dryRun").asBoolean() && !volume.path("compacted").asBoolean()) {
        return 1;
      }
    }
    return 0;
  }
}
