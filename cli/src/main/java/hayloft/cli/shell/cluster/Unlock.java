package hayloft.cli.shell.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `unlock`.
@Command(name = "unlock", description = "Gives the admin lock back.")
public final class Unlock extends RemoteCommand {

  @Option(names = {"-force", "--force"}, description = "Take it away from whoever has it.")
  private boolean force;

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "force", force);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.line(answer.path("wasLocked").asBoolean() ? "unlocked" : "it was not locked");
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    session.lockIsGone();
    return session.run(name, arguments, watch);
  }
}
