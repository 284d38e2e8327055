package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.Pages;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.bucket.list`.
@Command(name = "s3.bucket.list", description = {
    "Buckets with owner and settings, and what was in them when they were counted last: COUNTED says when.",
    "s3.bucket.usage counts them; those with a quota are counted each minute."})
public final class BucketList extends RemoteCommand {

  @Option(names = {"-owner", "--owner"}, paramLabel = "USER", defaultValue = "", description = "Only of this user.")
  private String owner = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "owner", owner);
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return Pages.all(session, name, arguments, "buckets", watch);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("buckets"), "no buckets", Column.text("BUCKET", "name"), Column.text("OWNER", "owner"),
        Column.time("CREATED", "created"), Column.text("REGION", "region"), Column.text("VERSIONING", "versioning"),
        Column.text("DURABILITY", "durability"), Column.text("SETTINGS", "settings"),
        Column.count("OBJECTS", "objects"), Column.count("VERSIONS", "versions"), Column.bytes("SIZE", "bytes"),
        Column.count("UPLOADS", "uploads"), Column.bytes("PARTS", "uploadBytes"), Column.time("COUNTED", "counted"));
  }
}
