package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.Pages;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.clean.uploads`.
@Command(name = "s3.clean.uploads", description = {
    "Lists multipart uploads that nobody goes on with, and ends them with -apply: their parts are garbage then.",
    "Without -apply it only shows them; -timeAgo 0s shows all that are under way."})
public final class UploadsClean extends RemoteCommand {

  @Option(names = {"-timeAgo",
      "--timeAgo"}, paramLabel = "TIME", defaultValue = "24h", converter = Allowed.Period.class,
      description = "Only uploads that began, and got their newest part, longer ago, for instance 90m, 24h or 7d "
          + "(default: ${DEFAULT-VALUE}).")
  private Duration timeAgo = Duration.ofHours(24);

  @Option(names = {"-bucket", "--bucket"}, paramLabel = "BUCKET", defaultValue = "", description = "Only of this one.")
  private String bucket = "";

  @Option(names = {"-after",
      "--after"}, paramLabel = "BUCKET/KEY", defaultValue = "",
      description = "Only what comes after this, which a list ended with.")
  private String after = "";

  @Option(names = {"-afterUpload",
      "--afterUpload"}, paramLabel = "ID", defaultValue = "",
      description = "With -after: and after this upload of the key.")
  private String afterUpload = "";

  @Option(names = {"-apply", "--apply"}, description = "End them; without this they are only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    arguments.put("timeAgoSeconds", timeAgo.toSeconds());
    put(arguments, "bucket", bucket);
    put(arguments, "after", after);
    put(arguments, "afterUpload", afterUpload);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("uploads"), "no such upload", Column.text("BUCKET", "bucket"), Column.text("KEY", "key"),
        Column.time("BEGAN", "initiated"), Column.age("UNTOUCHED", "ageSeconds"), Column.count("PARTS", "parts"),
        Column.bytes("SIZE", "bytes"), Column.text("OWNER", "owner"));
    long count = answer.path("count").asLong();
    if (answer.path("truncated").asBoolean()) {
      Pages.sayCut(screen, answer.path("uploads").size(), "-after", answer.path("next").path("after").asText(),
          "-afterUpload", answer.path("next").path("afterUpload").asText());
    }
    if (count == 0) {
      return;
    }
    String sum = count + " uploads with " + answer.path("parts").asLong() + " parts, "
        + Screen.bytes(answer.path("bytes").asLong());
    if (answer.path("dryRun").asBoolean()) {
      screen.line("would end " + sum);
      sayHowToApply(answer, screen);
    } else {
      screen.good("ended " + sum);
    }
  }
}
