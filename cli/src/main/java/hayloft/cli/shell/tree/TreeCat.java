package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import java.io.OutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.cat`.
@Command(name = "fs.cat", description = {"Writes an object's bytes to standard output, as they are.",
    "With --json, one document with at most 1 MiB of them in base64: -offset and -size choose which."})
public final class TreeCat extends RemoteCommand {

  @Parameters(paramLabel = "PATH", description = "/BUCKET/KEY.")
  private String path = "";

  @Option(names = {"-versionId", "--versionId"}, paramLabel = "ID", defaultValue = "",
      description = "This version; without it the newest.")
  private String versionId = "";

  @Option(names = {"-offset", "--offset"}, paramLabel = "SIZE", defaultValue = "0", converter = Allowed.Size.class,
      description = "Where to begin (default: ${DEFAULT-VALUE}).")
  private long offset;

  @Option(names = {"-size", "--size"}, paramLabel = "SIZE", converter = Allowed.Size.class,
      description = "How much; without it all that follows.")
  private long size = Long.MAX_VALUE;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "path", path);
    put(arguments, "versionId", versionId);
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    JsonNode piece = session.run(name, arguments.put("offset", offset).put("size", size), watch);
    if (wantsJson()) {
      return piece;
    }
    OutputStream out = bytes();
    arguments.put("sequence", piece.path("sequence").asText());
    long left = Math.min(size, piece.path("sizeBytes").asLong() - offset);
    for (long at = offset;;) {
      byte[] data = piece.path("data").binaryValue();
      out.write(data);
      at += data.length;
      left -= data.length;
      if (left <= 0) {
        out.flush();
        return piece;
      }
      piece = session.run(name, arguments.put("offset", at).put("size", left), watch);
    }
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    // it is written already
  }
}
