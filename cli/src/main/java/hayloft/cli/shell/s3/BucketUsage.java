package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.bucket.usage`.
@Command(name = "s3.bucket.usage", description = {
    "Counts what is in buckets: objects, their versions, delete markers, bytes, uploads under way and their parts.",
    "It walks over all of it, a minute for some millions of versions; ^C ends it. s3.bucket.list shows the counts "
        + "until the server stops."})
public final class BucketUsage extends RemoteCommand {

  @Option(names = {"-bucket", "--bucket"}, paramLabel = "BUCKET", defaultValue = "", description = "Only this one.")
  private String bucket = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "bucket", bucket);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("buckets"), "no buckets", Column.text("BUCKET", "name"), Column.text("OWNER", "owner"),
        Column.count("OBJECTS", "objects"), Column.count("VERSIONS", "versions"), Column.count("MARKERS", "markers"),
        Column.bytes("SIZE", "bytes"), Column.count("UPLOADS", "uploads"), Column.bytes("PARTS", "uploadBytes"));
  }
}
