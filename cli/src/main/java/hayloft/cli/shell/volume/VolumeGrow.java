package hayloft.cli.shell.volume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `volume.grow`.
@Command(name = "volume.grow", description = "Opens volumes beyond those that the store opens by itself.")
public final class VolumeGrow extends RemoteCommand {

  @Option(names = {"-count",
      "--count"}, paramLabel = "N", defaultValue = "1", description = "How many (default: ${DEFAULT-VALUE}).")
  private int count = 1;

  @Option(names = {"-purpose",
      "--purpose"}, paramLabel = "small|bulk|blob", defaultValue = "small",
      description = "For commit needles, chunks "
          + "of large objects, or blobs of /dir/assign (default: ${DEFAULT-VALUE}).")
  private String purpose = "small";

  @Option(names = {"-collection",
      "--collection"}, paramLabel = "NAME", defaultValue = "", description = "Only for blobs: the collection.")
  private String collection = "";

  @Option(names = {"-disk",
      "--disk"}, paramLabel = "TYPE", defaultValue = "", description = "Only on disks of this type.")
  private String diskType = "";

  @Override
  protected void fill(ObjectNode arguments) {
    arguments.put("count", count).put("purpose", purpose);
    put(arguments, "collection", collection);
    put(arguments, "diskType", diskType);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    answer.path("volumes").forEach(id -> screen.good("volume " + id.asInt() + " is open"));
  }
}
