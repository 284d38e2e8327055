package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.mark`.
@Command(name = "volume.mark", description = "Lets volumes take no needles for a while, or take them again; they go on "
    + "being read, marked and compacted.")
public final class VolumeMark extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId"}, paramLabel = "N", split = ",", required = true, description = "Which.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-readonly", "--readonly"}, description = "Take none.")
  private boolean readOnly;

  @Option(names = {"-writable", "--writable"}, description = "Take them again.")
  private boolean writable;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    put(arguments, "readOnly", readOnly);
    put(arguments, "writable", writable);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    answer.path("volumes").forEach(id -> screen.good("volume " + id.asInt()
        + (answer.path("readOnly").asBoolean() ? " takes no needles" : " takes needles")));
  }
}
