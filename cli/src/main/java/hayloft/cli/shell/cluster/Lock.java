package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lock`.
@Command(name = "lock", description = {"Takes the admin lock: nobody else changes anything until it is given back.",
    "It is renewed while this shell runs and given back at its end; with -lease it lapses by itself and outlives the "
        + "shell."})
public final class Lock extends RemoteCommand {

  @Option(names = {"-reason",
      "--reason"}, defaultValue = "", paramLabel = "TEXT", description = "What for, for others to see.")
  private String reason = "";

  @Option(names = {"-lease",
      "--lease"}, paramLabel = "SECONDS", defaultValue = "0", converter = Allowed.Seconds.class,
      description = "Hold it for so long, whether or not this shell runs.")
  private int leaseSeconds;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "reason", reason);
    if (leaseSeconds > 0) {
      arguments.put("leaseSeconds", leaseSeconds);
    }
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.good(
        "locked until " + answer.path("until").asText() + (leaseSeconds > 0 ? "" : ", renewed while this shell runs"));
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    JsonNode answer = session.run(name, arguments, watch);
    if (leaseSeconds == 0) {
      session.holdLock(arguments);
    }
    return answer;
  }
}
