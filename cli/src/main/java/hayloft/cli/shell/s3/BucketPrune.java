package hayloft.cli.shell.s3;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `s3.bucket.prune`.
@Command(name = "s3.bucket.prune", description = {
    "Deletes old versions of the objects in a bucket for good; the newest version of each stays.",
    "Delete markers behind which nothing is left go, too. Without -apply it only says how much."})
public final class BucketPrune extends RemoteCommand {

  @Option(names = {"-bucket", "--bucket"}, paramLabel = "BUCKET", required = true, description = "Its name.")
  private String bucket = "";

  @Option(names = {"-olderThan",
      "--olderThan"}, paramLabel = "TIME", defaultValue = "30d", converter = Allowed.Period.class,
      description = "Only versions that were replaced or deleted longer ago, for instance 12h or 30d; 0s for all "
          + "(default: ${DEFAULT-VALUE}).")
  private Duration olderThan = Duration.ofDays(30);

  @Option(names = {"-keep", "--keep"}, paramLabel = "N", defaultValue = "0",
      description = "So many of each object's old versions stay, whatever their age (default: ${DEFAULT-VALUE}).")
  private int keep;

  @Option(names = {"-rate", "--rate"}, paramLabel = "N", defaultValue = "1000",
      description = "Deletions a second at most; 0 for as fast as it goes (default: ${DEFAULT-VALUE}).")
  private int rate = 1000;

  @Option(names = {"-apply", "--apply"}, description = "Do it; without this it is only shown.")
  private boolean apply;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "bucket", bucket);
    arguments.put("olderThanSeconds", olderThan.toSeconds()).put("keep", keep).put("rate", rate);
    put(arguments, "apply", apply);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    String what = answer.path("versions").asLong() + " old versions and " + answer.path("markers").asLong()
        + " delete markers, " + Screen.bytes(answer.path("bytes").asLong());
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
