package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.verify`.
@Command(name = "fs.verify", description = {
    "Reads objects and verifies their bytes: the sums of their blocks, and their MD5 where that is the ETag.",
    "Only current versions. Exit code 1 if something is damaged."})
public final class TreeVerify extends RemoteCommand {

  @Parameters(paramLabel = "PATH", arity = "0..1", defaultValue = "/", description = "/, /BUCKET, or /BUCKET/PREFIX "
      + "(default: ${DEFAULT-VALUE}).")
  private String path = "/";

  @Option(names = {"-rate",
      "--rate"}, paramLabel = "SIZE", defaultValue = "0", converter = Allowed.Size.class,
      description = "Bytes a second at most; 0 for as fast as it goes (default: ${DEFAULT-VALUE}).")
  private long bytesPerSecond;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    if (bytesPerSecond > 0) {
      arguments.put("bytesPerSecond", bytesPerSecond);
    }
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    answer.path("damaged").forEach(one -> screen.bad("damaged: " + one.path("path").asText() + ": "
        + one.path("what").asText()));
    if (answer.path("truncated").asBoolean()) {
      screen.bad("and " + (answer.path("damagedObjects").asLong() - answer.path("damaged").size())
          + " more, which fs.verify of a path below names");
    }
    String sum = answer.path("objects").asLong() + " objects, " + Screen.bytes(answer.path("bytes").asLong())
        + " verified, " + answer.path("damagedObjects").asLong() + " damaged";
    if (answer.path("damaged").isEmpty()) {
      screen.good(sum);
    } else {
      screen.line(sum);
    }
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("damaged").isEmpty() ? 0 : 1;
  }
}
