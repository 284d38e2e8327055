package hayloft.cli.shell.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Unfit;
import hayloft.cli.shell.LiveCommand;
import hayloft.cli.shell.Screen;
import hayloft.common.log.JsonLine;
import hayloft.common.log.LogText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// `trace`.
@Command(name = "trace", description = {
    "Shows the requests of the S3 port as they end, a line each, until ^C. Requests are never slowed by it: what "
        + "cannot be shown in time is counted instead.",
    "Credentials are masked as in the access log. With --json a line is a JSON object with the fields of the access "
        + "log."})
public final class Trace extends LiveCommand {

  @Option(names = {"-bucket", "--bucket"}, paramLabel = "NAME", defaultValue = "", description = "Only of this bucket.")
  private String bucket = "";

  @Option(names = {"-user", "--user"}, paramLabel = "ID", defaultValue = "", description = "Only of this user.")
  private String user = "";

  @Option(names = {"-key", "--key"}, paramLabel = "PREFIX", defaultValue = "", description = "Only of keys that begin "
      + "so.")
  private String key = "";

  @Option(names = {"-status", "--status"}, paramLabel = "N|4xx|5xx", defaultValue = "", description = "Only with this "
      + "status, or of this class.")
  private String status = "";

  @Option(names = {"-slowerThan", "--slowerThan"}, paramLabel = "TIME", converter = Least.class,
      description = "Only those that took at least so long: 100ms, 2s.")
  private Optional<Duration> slowerThan = Optional.empty();

  @Option(names = {"-action", "--action"}, paramLabel = "NAME", defaultValue = "", description = "Only these, by S3's "
      + "name: GetObject; none for requests that were refused before it was known.")
  private String action = "";

  @Option(names = {"-seconds", "--seconds"}, paramLabel = "N", converter = Allowed.Period.class,
      description = "End after so long.")
  private Optional<Duration> seconds = Optional.empty();

  /// `100ms`, or as [Allowed.Period] has it.
  static final class Least implements ITypeConverter<Duration> {
    private static final Pattern MILLIS = Pattern.compile("(\\d{1,9})ms");

    @Override
    public Duration convert(String text) {
      Matcher millis = MILLIS.matcher(text.strip());
      if (millis.matches()) {
        return Duration.ofMillis(Long.parseLong(millis.group(1)));
      }
      try {
        return new Allowed.Period().convert(text);
      } catch (Unfit _) {
        throw new Unfit("a time such as 100ms or 2s", text);
      }
    }
  }

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "bucket", bucket);
    put(arguments, "user", user);
    put(arguments, "key", key);
    put(arguments, "status", status);
    put(arguments, "action", action);
    slowerThan.ifPresent(time -> arguments.put("slowerThanMillis", time.toMillis()));
  }

  @Override
  protected Optional<Duration> howLong(boolean isTerminal) {
    return seconds;
  }

  @Override
  protected boolean tell(JsonNode told, Screen screen, boolean isTerminal) {
    if (told.path("interrupted").asBoolean()) {
      screen.warning("requests not shown: nothing was asked for so long that the server has ended the watch");
    }
    long notShown = told.path("notShown").asLong();
    if (notShown > 0) {
      screen.warning(notShown + " requests not shown");
    }
    told.path("requests").forEach(request -> screen.line(line(request)));
    return true;
  }

  @Override
  protected boolean tellJson(JsonNode told, PrintWriter out) {
    if (told.path("interrupted").asBoolean()) {
      out.println("{\"interrupted\":true}");
    }
    if (told.path("notShown").asLong() > 0) {
      out.println(JsonNodeFactory.instance.objectNode().set("notShown", told.path("notShown")).toString());
    }
    told.path("requests").forEach(request -> out.println(JsonLine.of((ObjectNode) request)));
    return true;
  }

  /// `TIME REMOTE USER ACTION BUCKET/KEY STATUS ERROR in … out … TOTAL (FIRST BYTE) REQUEST ID`. What a client chose
  /// is escaped: it must not move the cursor of whoever looks.
  static String line(JsonNode request) {
    String bucket = request.path("bucket").asText("");
    String key = request.path("key").asText("");
    String status = request.has("status") ? request.path("status").asText() : "gone";
    return request.path("time").asText() + " " + request.path("remote").asText() + " "
        + word(request.path("requester").asText("-")) + " " + request.path("operation").asText("none") + " "
        + word(bucket.isEmpty() ? "-" : key.isEmpty() ? bucket : bucket + "/" + key) + " " + status
        + (request.has("error") ? " " + request.path("error").asText() : "")
        + (request.path("whole").asBoolean(true) ? "" : " broken") + "  in "
        + Screen.bytes(request.path("receivedBytes").asLong()) + ", out "
        + Screen.bytes(request.path("sentBytes").asLong()) + "  " + request.path("totalMillis").asLong()
        + " ms (first byte " + request.path("turnAroundMillis").asLong() + " ms)  "
        + request.path("requestId").asText();
  }

  private static String word(String text) {
    return LogText.value(text, LogText.MOST_REASON_CHARS);
  }
}
