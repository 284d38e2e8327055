package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import picocli.CommandLine.Command;

/// `cluster.check`.
@Command(name = "cluster.check", description = "Looks for what is wrong or about to be; exit code 1 if something is "
    + "wrong.")
public final class ClusterCheck extends RemoteCommand {

  @Override
  protected void show(JsonNode answer, Screen screen) {
    for (JsonNode finding : answer.path("findings")) {
      String text = finding.path("level").asText() + ": " + finding.path("about").asText() + ": "
          + finding.path("what").asText();
      switch (finding.path("level").asText()) {
        case "error" -> screen.bad(text);
        case "warning" -> screen.warning(text);
        default -> screen.line(text);
      }
      screen.line("  " + finding.path("help").asText());
    }
    String sum = answer.path("checks").asLong() + " checks, " + answer.path("errors").asLong() + " errors, "
        + answer.path("warnings").asLong() + " warnings";
    if (answer.path("findings").isEmpty()) {
      screen.good(sum);
    } else {
      screen.line(sum);
    }
  }

  @Override
  protected int exitCode(JsonNode answer) {
    return answer.path("errors").asLong() > 0 ? 1 : 0;
  }
}
