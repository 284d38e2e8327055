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

/// `volume.list`.
@Command(name = "volume.list", description = "Volumes, what they hold, and when they were verified.")
public final class VolumeList extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId"}, paramLabel = "N", split = ",", description = "Only these.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-collection",
      "--collection"}, paramLabel = "NAME", defaultValue = "", description = "Only of this collection.")
  private String collection = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    put(arguments, "collection", collection);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("volumes"), "no volumes", Column.count("ID", "volume"), Column.text("PURPOSE", "purpose"),
        Column.text("COLLECTION", "collection"), Column.text("STATE", "state"),
        Column.text("TAKES NOTHING", "takesNothingBecause"), Column.bytes("SIZE", "sizeBytes"),
        Column.bytes("LIMIT", "limitBytes"), Column.count("NEEDLES", "liveNeedles"),
        Column.percent("GARBAGE", "garbage"),
        Column.count("GEN", "generation"), Column.time("VERIFIED", "verified"), Column.count("DAMAGED", "damages"),
        Column.text("DIRECTORY", "directory"));
  }
}
