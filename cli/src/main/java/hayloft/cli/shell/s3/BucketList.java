package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.bucket.list`.
@Command(name = "s3.bucket.list", description = "Buckets with owner and settings. fs.du tells what is in them.")
public final class BucketList extends RemoteCommand {

  @Option(names = {"-owner", "--owner"}, paramLabel = "USER", defaultValue = "", description = "Only of this user.")
  private String owner = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "owner", owner);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("buckets"), "no buckets", Column.text("BUCKET", "name"), Column.text("OWNER", "owner"),
        Column.time("CREATED", "created"), Column.text("REGION", "region"), Column.text("VERSIONING", "versioning"),
        Column.text("DURABILITY", "durability"), Column.text("SETTINGS", "settings"));
  }
}
