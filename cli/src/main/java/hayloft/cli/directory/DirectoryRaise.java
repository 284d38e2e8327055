package hayloft.cli.directory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.common.directory.DirectoryReport;
import hayloft.common.directory.KnownLevels;
import hayloft.common.directory.StoreDirectories;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft directory raise`.
@Command(name = "raise", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Shows which level of formats a stopped store has in every directory, and which it could have with this "
            + "program. With --apply raises it to "
            + "that. There is no way back: programs that do not know the level refuse the store from then on.",
        "While the server runs, level.raise in its shell does the same.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:done, shown, or nothing to raise",
        "1:refused or failed; if it failed on a disk the next start does what is left", "2:wrong usage"})
final class DirectoryRaise implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--dir", required = true, paramLabel = "DIR", description = "A data directory. To be repeated for "
      + "each of the store.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--apply", description = "Do it; without this it is only shown.")
  private boolean apply;

  @Option(names = "--json", description = "One JSON object instead of text.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    NamedDirectories named = NamedDirectories.of(paths);
    for (DirectoryReport report : named.reports()) {
      if (report.use() == DirectoryReport.Use.IN_USE) {
        throw new IOException(
            "a server is using " + report.path() + ". Stop it first, or use level.raise in its shell");
      }
    }
    StoreDirectories.examine(paths, WhenEmpty.REFUSE, Set.of());
    int level = named.reports().stream().mapToInt(DirectoryReport::level).min().orElseThrow();
    int newest = KnownLevels.PRESENT.newest();
    if (apply && level < newest) {
      try (StoreDirectories directories = StoreDirectories.open(paths, WhenEmpty.REFUSE)) {
        directories.raise();
      }
    }
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("dryRun", !apply).put("level", level)
        .put("newestLevel", newest);
    ArrayNode list = answer.putArray("directories");
    for (DirectoryReport report : NamedDirectories.of(paths).reports()) {
      list.addObject().put("directory", report.path().toString()).put("level", report.level());
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

  private static void show(ObjectNode answer, PrintWriter out) {
    answer.path("directories").forEach(
        one -> out.println("level " + one.path("level").asInt() + "  " + one.path("directory").asText()));
    int level = answer.path("level").asInt();
    int newest = answer.path("newestLevel").asInt();
    if (level >= newest) {
      out.println("nothing to raise: this program knows no level above " + newest);
    } else if (answer.path("dryRun").asBoolean()) {
      out.println("would raise the store from level " + level + " to " + newest
          + "; programs that do not know it would refuse the store");
      out.println("Nothing was changed. Add --apply to do it.");
    } else {
      out.println("raised from level " + level + " to " + newest);
    }
  }
}
