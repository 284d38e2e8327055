package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `s3.bucket.quota`.
@Command(name = "s3.bucket.quota", description = "How much may be in a bucket, and how much is: all versions count. "
    + "Shows it, or sets it.")
public final class BucketQuota extends RemoteCommand {

  @Parameters(paramLabel = "BUCKET", description = "Its name.")
  private String name = "";

  @Option(names = {"-size", "--size"}, paramLabel = "SIZE", defaultValue = "", description = "Bytes that may be in it.")
  private String size = "";

  @Option(names = {"-objects",
      "--objects"}, paramLabel = "N", defaultValue = "", description = "Objects that may be in it.")
  private String objects = "";

  @Option(names = {"-remove", "--remove"}, description = "No quota any more.")
  private boolean remove;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "name", name);
    put(arguments, "size", size);
    put(arguments, "objects", objects);
    put(arguments, "remove", remove);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line("bucket   " + answer.path("name").asText());
    screen.line("quota    " + amounts(answer.path("quota"), "none"));
    if (answer.has("formerQuota")) {
      screen.line("before   " + amounts(answer.path("formerQuota"), "none"));
    }
    screen.line("in it    " + amounts(answer.path("usage"), ""));
    sayHowToApply(answer, screen);
  }

  private static String amounts(JsonNode json, String none) {
    List<String> amounts = new ArrayList<>();
    if (json.has("bytes")) {
      amounts.add(json.path("bytes").asLong() + " bytes");
    }
    if (json.has("objects")) {
      amounts.add(json.path("objects").asLong() + " objects");
    }
    return amounts.isEmpty() ? none : String.join(", ", amounts);
  }
}
