package hayloft.cli.shell.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fs.rm`.
@Command(name = "fs.rm", description = {
    "Deletes objects. Where a bucket has versions they get delete markers, unless -versions takes all versions away.",
    "Without -apply it only says how much it would delete. ^C ends it; what is deleted by then stays so."})
public final class TreeRm extends RemoteCommand {

  @Parameters(paramLabel = "PATH", arity = "1..*", description = "/BUCKET/KEY.")
  private List<String> paths = new ArrayList<>();

  @Option(names = {"-recursive", "--recursive", "-R"}, description = "Everything below, too.")
  private boolean recursive;

  @Option(names = {"-versions",
      "--versions"}, description = "All versions and delete markers. They are gone for good.")
  private boolean versions;

  @Option(names = {"-rate", "--rate"}, paramLabel = "N", defaultValue = "1000",
      description = "Deletions a second at most; 0 for as fast as it goes (default: ${DEFAULT-VALUE}).")
  private int rate = 1000;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    ArrayNode list = arguments.putArray("paths");
    paths.forEach(list::add);
    put(arguments, "recursive", recursive);
    put(arguments, "versions", versions);
    arguments.put("rate", rate);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    String what = versions
        ? answer.path("versions").asLong() + " versions and " + answer.path("markers").asLong() + " delete markers, "
            + Screen.bytes(answer.path("bytes").asLong())
        : answer.path("objects").asLong() + " objects, " + Screen.bytes(answer.path("bytes").asLong())
            + (answer.path("deleteMarkersMade").asBoolean() ? "; older versions stay, under delete markers" : "");
    if (answer.path("dryRun").asBoolean()) {
      screen.line("would delete " + what);
      sayHowToApply(answer, screen);
    } else {
      screen.good("deleted " + what);
    }
    if (answer.path("changedMeanwhile").asLong() > 0) {
      screen.warning(answer.path("changedMeanwhile").asLong() + " were written or deleted by others meanwhile, and "
          + "were left as they are");
    }
  }
}
