package hayloft.cli.shell.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.LiveCommand;
import hayloft.cli.shell.Screen;
import hayloft.common.log.LogText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `top`.
@Command(name = "top", description = {
    "Shows what the S3 port is doing: the requests that are under way, the oldest first, and how many ended in the "
        + "last seconds, summed up by user, bucket, action or remote address.",
    "On a terminal it is shown again and again until ^C, elsewhere (and with --json) once, after those seconds."})
public final class Top extends LiveCommand {

  private static final int ROWS = 20;
  /// Of a terminal: to the first corner, and everything away.
  private static final String CLEAR = "\033[H\033[2J";

  @Option(names = {"-seconds", "--seconds"}, paramLabel = "N", defaultValue = "2",
      converter = Allowed.Period.class, description = "Sum up over so long (default: ${DEFAULT-VALUE}).")
  private Duration seconds = Duration.ofSeconds(2);

  @Option(names = {"-by", "--by"}, paramLabel = "user|bucket|action|remote", defaultValue = "action",
      description = "What to sum up by (default: ${DEFAULT-VALUE}).")
  private String by = "action";

  @Override
  protected void fill(ObjectNode arguments) {
    arguments.put("seconds", seconds.toSeconds());
    put(arguments, "by", by);
  }

  @Override
  protected Optional<Duration> howLong(boolean isTerminal) {
    return Optional.empty();
  }

  @Override
  protected boolean tell(JsonNode told, Screen screen, boolean isTerminal) {
    if (!told.has("rates")) {
      return true;
    }
    if (isTerminal) {
      screen.order(CLEAR);
    }
    screen.heading(String.format(Locale.ROOT, "%,d requests ended in %.1f s; %,d are under way",
        told.path("requests").asLong(), told.path("overMillis").asLong() / 1000.0,
        told.path("underWayCount").asLong()));
    screen.table(shown(told.path("rates")), "no requests", Column.text(by.toUpperCase(Locale.ROOT), "name"),
        Column.text("PER S", "requestsPerSecond"), Column.count("4XX", "refused"), Column.count("5XX", "failed"),
        Column.bytes("IN/S", "receivedBytesPerSecond"), Column.bytes("OUT/S", "sentBytesPerSecond"),
        Column.text("MEAN MS", "meanMillis"));
    screen.line("");
    screen.table(shown(told.path("underWay")), "nothing is under way", Column.count("AGE MS", "ageMillis"),
        Column.text("REMOTE", "remote"), Column.text("USER", "requester"), Column.text("ACTION", "operation"),
        Column.text("BUCKET", "bucket"), Column.text("KEY", "key"), Column.bytes("IN", "receivedBytes"),
        Column.bytes("OUT", "sentBytes"), Column.text("WAITS FOR", "waitsFor"), Column.text("REQUEST", "requestId"));
    return isTerminal;
  }

  /// The first rows, with what clients chose escaped: it must not move the cursor.
  private static JsonNode shown(JsonNode rows) {
    var list = JsonNodeFactory.instance.arrayNode();
    rows.valueStream().limit(ROWS).forEach(row -> {
      ObjectNode copy = row.deepCopy();
      row.properties().forEach(field -> {
        if (field.getValue().isTextual()) {
          copy.put(field.getKey(), LogText.sentence(field.getValue().asText(), 80));
        }
      });
      list.add(copy);
    });
    return list;
  }

  @Override
  protected boolean tellJson(JsonNode told, PrintWriter out) {
    if (!told.has("rates")) {
      return true;
    }
    out.println(told.toPrettyString());
    return false;
  }
}
