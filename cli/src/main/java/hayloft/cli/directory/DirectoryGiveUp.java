package hayloft.cli.directory;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.common.directory.DirectoryReport;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft directory giveup`.
@Command(name = "giveup", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Takes a data directory whose disk is lost out of a stopped store, so that the store starts with what is left. "
            + "There is no way back: the "
            + "directory is refused from then on. Name all the others. Without --apply it only shows what is on "
            + "record.",
        "Afterwards the server starts, and volume.drop -missing in its shell names every object that is lost.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:done, or shown",
        "1:refused or failed; nothing was changed",
        "2:wrong usage"},
    footer = {"", "Example:",
        "  hayloft directory giveup --dir /mnt/disk0/hayloft --dir /mnt/disk2/hayloft "
            + "5d0a87b2-5f6a-4e5e-8f6e-0d9f3f3e2a11 --apply"})
final class DirectoryGiveUp implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--dir", required = true, paramLabel = "DIR", description = "A data directory that is left. To be "
      + "repeated for each.")
  private List<Path> paths = new ArrayList<>();

  @Parameters(paramLabel = "ID", description = "The directory that is lost, as hayloft directory list shows it.")
  private String lost = "";

  @Option(names = "--apply", description = "Do it; without this it is only shown.")
  private boolean apply;

  @Option(names = "--json", description = "One JSON object instead of text.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    UUID id = id();
    NamedDirectories named = NamedDirectories.of(paths);
    for (DirectoryReport report : named.reports()) {
      if (report.use() == DirectoryReport.Use.IN_USE) {
        throw new IOException("a server is using " + report.path() + ". Stop it first");
      }
    }
    StoreDirectories.examine(paths, WhenEmpty.REFUSE, Set.of(id));
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply)
        .put("store", named.storeId().toString())
        .put("directory", id.toString()).put("goneAlready", named.givenUp().containsKey(id));
    Optional.ofNullable(named.known().get(id)).map(Path::toString)
        .or(() -> Optional.ofNullable(named.givenUp().get(id)))
        .ifPresent(path -> answer.put("lastSeenAt", path));
    tellVolumes(named, answer);
    if (apply) {
      StoreDirectories.open(paths, WhenEmpty.REFUSE, Set.of(id)).close();
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      show(answer, out);
    }
    out.flush();
    return 0;
  }

  private UUID id() {
    try {
      return UUID.fromString(lost);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(),
          "ID must be a directory's id as hayloft directory list shows it, got " + lost, e);
    }
  }

  /// A log that cannot be read does not keep from giving up: the start finds what is missing by other ways as well.
  private static void tellVolumes(NamedDirectories named, ObjectNode answer) {
    try {
      named.volumesElsewhere().ifPresent(volumes -> volumes.forEach(answer.putArray("volumes")::add));
    } catch (IOException e) {
      answer.put("volumesUnknown", String.valueOf(e.getMessage()));
    }
  }

  private static void show(ObjectNode answer, PrintWriter out) {
    boolean dry = answer.path("dryRun").asBoolean();
    String directory = "directory " + answer.path("directory").asText() + ", last seen at "
        + answer.path("lastSeenAt").asText();
    if (answer.path("goneAlready").asBoolean()) {
      out.println(directory + ", was given up already");
    } else {
      out.println(directory + (dry
          ? ", would leave the store, and be refused if it came back"
          : ", has left the store; take it out of the server's settings"));
    }
    if (answer.has("volumesUnknown")) {
      out.println("which volumes are lost cannot be told, since the master's log cannot be read: "
          + answer.path("volumesUnknown").asText());
    } else if (answer.path("volumes").isEmpty()) {
      out.println("no volume is on record that none of the named directories holds");
    } else {
      List<String> ids = new ArrayList<>();
      answer.path("volumes").forEach(volume -> ids.add(volume.asText()));
      out.println("volumes that are on record and in none of the named directories: " + String.join(", ", ids));
      out.println(
          "objects with bytes in them answer 500 until they are uploaded again or the volumes given up: after the next "
              + "start");
      out.println(
          "volume.drop -missing in the shell names every object that is lost, and with -apply gives the volumes up");
    }
    if (dry) {
      out.println("Nothing was changed. Add --apply to do it.");
    }
  }
}
