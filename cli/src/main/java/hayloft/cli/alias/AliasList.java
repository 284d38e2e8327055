package hayloft.cli.alias;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.ProgramVersion;
import hayloft.cli.client.Alias;
import hayloft.cli.client.Aliases;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `hayloft alias list`. Secrets are never shown.
@Command(name = "list", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Shows the aliases; secrets are never shown.",
    ""})
public final class AliasList implements Callable<Integer>, Configurable {

  private static final List<String> TITLES = List.of("NAME", "S3", "ADMIN", "KEYS", "CA");

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "JSON instead of text.")
  private boolean json;

  private Map<String, String> environment = Map.of();

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
  }

  @Override
  public Integer call() {
    Aliases aliases = Aliases.of(environment);
    PrintWriter out = spec.commandLine().getOut();
    try {
      Collection<Alias> all = aliases.all().values();
      if (json) {
        out.println(document(aliases.file(), all).toPrettyString());
      } else if (all.isEmpty()) {
        out.println("no aliases; hayloft alias set NAME --endpoint URL makes one");
      } else {
        table(all, out);
      }
      return 0;
    } catch (IllegalArgumentException e) {
      if (!json) {
        throw e;
      }
      ObjectNode error = JsonNodeFactory.instance.objectNode();
      error.putObject("error").put("code", "WrongConfiguration").put("message", e.getMessage());
      out.println(error.toPrettyString());
      return 2;
    } finally {
      out.flush();
    }
  }

  private static ObjectNode document(Path file, Collection<Alias> all) {
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", file.toString());
    ArrayNode list = document.putArray("aliases");
    for (Alias alias : all) {
      ObjectNode one = list.addObject().put("name", alias.name()).put("s3", alias.s3().toString()).put("admin",
          alias.admin().toString());
      alias.keys().ifPresent(keys -> one.put("accessKey", keys.accessKey()));
      alias.authorities().ifPresent(ca -> one.put("ca", ca.toString()));
    }
    return document;
  }

  private static void table(Collection<Alias> all, PrintWriter out) {
    List<List<String>> rows = new ArrayList<>(List.of(TITLES));
    all.forEach(alias -> rows.add(List.of(alias.name(), alias.s3().toString(), alias.admin().toString(),
        alias.keys().map(Credentials::accessKey).orElse("-"),
        alias.authorities().map(Path::toString).orElse("-"))));
    int[] widths = new int[TITLES.size()];
    rows.forEach(row -> {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    });
    for (List<String> row : rows) {
      var line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        line.append(i == 0 ? "" : "  ").append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length()));
      }
      out.println(line.toString().stripTrailing());
    }
  }
}
