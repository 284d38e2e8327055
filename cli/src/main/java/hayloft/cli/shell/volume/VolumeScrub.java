package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.scrub`.
@Command(name = "volume.scrub", description = {
    "Reads and verifies every needle now, whatever the background has done; ^C ends it.",
    "Exit code 1 if something is damaged, which is then named."})
public final class VolumeScrub extends RemoteCommand {

  @Option(names = {"-volumeId", "--volumeId"}, paramLabel = "N", split = ",", description = "Only these.")
  private List<Integer> volumes = new ArrayList<>();

  @Option(names = {"-rate",
      "--rate"}, paramLabel = "SIZE", defaultValue = "0", converter = Allowed.Size.class,
      description = "Bytes a second at most, for instance 50MiB; 0 for as fast as the disk is (default: "
          + "${DEFAULT-VALUE}).")
  private long bytesPerSecond;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "volumes", volumes);
    if (bytesPerSecond > 0) {
      arguments.put("bytesPerSecond", bytesPerSecond);
    }
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    for (JsonNode damage : answer.path("damages")) {
      damage.path("objects")
          .forEach(name -> screen.bad("damaged: " + name.asText() + ": " + damage.path("what").asText()));
    }
    for (JsonNode unread : answer.path("unread")) {
      screen.bad("not read: volume " + unread.path("volume").asLong() + ": " + unread.path("what").asText());
    }
    String sum = answer.path("volumes").asLong() + " volumes, " + Screen.bytes(answer.path("bytes").asLong())
        + " verified, " + answer.path("damages").size() + " damaged needles";
    if (exitCode(answer) == 0) {
      screen.good(sum);
    } else {
      screen.line(sum);
    }
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("damages").isEmpty() && answer.path("unread").isEmpty() ? 0 : 1;
  }
}
