package hayloft.cli.directory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.common.directory.DirectoryReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft directory list`.
@Command(name = "list", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Shows the data directories of a store, those that are not named and those that were given up, too. Changes "
            + "nothing.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:every directory of the store was named",
        "1:one is missing",
        "2:wrong usage"})
final class DirectoryList implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--dir", required = true, paramLabel = "DIR", description = "A data directory; any of a store knows "
      + "of the others. May be repeated.")
  private List<Path> paths = new ArrayList<>();

  @Option(names = "--json", description = "One JSON object instead of text.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    NamedDirectories named = NamedDirectories.of(paths);
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("store", named.storeId().toString());
    ArrayNode directories = answer.putArray("directories");
    boolean isFirst = true;
    for (Map.Entry<UUID, Path> known : named.known().entrySet()) {
      Optional<DirectoryReport> report = named.named(known.getKey());
      ObjectNode one = directories.addObject().put("id", known.getKey().toString())
          .put("path", known.getValue().toString()).put("first", isFirst)
          .put("state", report.map(found -> found.use() == DirectoryReport.Use.IN_USE ? "in use" : "there")
              .orElse("not named"));
      if (report.isPresent()) {
        one.put("level", report.get().level());
        one.put("volumes", NamedDirectories.volumesIn(report.get().path()).size());
      }
      isFirst = false;
    }
    named.givenUp().forEach((id, path) -> directories.addObject().put("id", id.toString()).put("path", path)
        .put("first", false).put("state", "given up"));
    show(answer);
    boolean complete = named.known().keySet().stream().allMatch(id -> named.named(id).isPresent());
    return complete ? 0 : 1;
  }

  private void show(ObjectNode answer) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      out.println("store " + answer.path("store").asText());
      answer.path("directories").forEach(one -> out.println(String.format(Locale.ROOT, "  %s  %-9s  %s%s%s",
          one.path("id").asText(), one.path("state").asText(), one.path("path").asText(),
          one.has("volumes") ? ", " + one.path("volumes").asInt() + " volumes, level " + one.path("level").asInt() : "",
          one.path("first").asBoolean() ? ", with catalog and keys" : "")));
    }
    out.flush();
  }
}
