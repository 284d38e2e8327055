package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.fsck`.
@Command(name = "volume.fsck", description = {
    "Compares volumes with the catalog while the store works: needles that no row names, rows without needles, missing "
        + "chunks.",
    "Exit code 1 if there are any. catalog.rebuild mends rows."})
public final class VolumeFsck extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId"}, paramLabel = "N", split = ",", description = "Only these.")
  private List<Integer> volumes = new ArrayList<>();

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line(answer.path("mutations").asLong() + " mutations, " + answer.path("chunks").asLong() + " chunks ("
        + answer.path("pendingChunks").asLong() + " wait for a commit or the collector)");
    answer.path("counts").properties().forEach(count -> screen.bad(count.getValue().asLong() + " x " + count.getKey()));
    if (answer.path("unnamedBytes").asLong() > 0) {
      screen.line(Screen.bytes(answer.path("unnamedBytes").asLong()) + " in chunks that nothing refers to");
    }
    if (!answer.path("complete").asBoolean()) {
      screen.bad("gave up: too many findings");
    }
    if (answer.path("clean").asBoolean()) {
      screen.good("every needle has its row and every row its needle");
    }
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("clean").asBoolean() ? 0 : 1;
  }
}
