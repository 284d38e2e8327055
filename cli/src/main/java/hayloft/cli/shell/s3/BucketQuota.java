package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.quota`.
@Command(name = "s3.bucket.quota", description = "Not implemented yet: says so.")
public final class BucketQuota extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-size", "--size"}, paramLabel = "SIZE", defaultValue = "", description = "Bytes that may be in it.")
  private String size = "";

  @Option(names = {"-objects",
      "--objects"}, paramLabel = "N", defaultValue = "", description = "Objects that may be in it.")
  private String objects = "";

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "size", size);
    put(arguments, "objects", objects);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line(answer.toPrettyString());
  }
}
