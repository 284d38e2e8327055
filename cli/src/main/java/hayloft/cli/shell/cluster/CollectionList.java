package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;

/// `collection.list`.
@Command(name = "collection.list", description = "Collections and what their volumes hold; the unnamed one has the S3 "
    + "objects.")
public final class CollectionList extends RemoteCommand {

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("collections"), "no volumes yet", Column.text("COLLECTION", "collection"),
        Column.count("VOLUMES", "volumes"), Column.bytes("SIZE", "sizeBytes"), Column.bytes("DEAD", "deadBytes"),
        Column.count("NEEDLES", "liveNeedles"));
  }
}
