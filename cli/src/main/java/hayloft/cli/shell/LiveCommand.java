package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.shell.Shell.Root;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Optional;

/// A command that begins a watch on the server and shows what it tells, until its time is over, ^C, or nobody reads
/// what it writes.
public abstract class LiveCommand extends RemoteCommand {

  @Override
  final Integer run(Root shell, ObjectNode arguments) throws IOException {
    PrintWriter out = out();
    Screen screen = shell.screen(out);
    shell.session().watch(name(), arguments, howLong(shell.isTerminal()), told -> {
      boolean goesOn = wantsJson() ? tellJson(told, out) : tell(told, screen, shell.isTerminal());
      return !out.checkError() && goesOn; // which flushes, too
    });
    return 0;
  }

  /// Empty for until somebody ends it.
  protected abstract Optional<Duration> howLong(boolean isTerminal);

  /// @return whether to go on
  protected abstract boolean tell(JsonNode told, Screen screen, boolean isTerminal);

  /// @return whether to go on
  protected abstract boolean tellJson(JsonNode told, PrintWriter out);

  @Override
  protected final void show(JsonNode answer, Screen screen) {
    throw new IllegalStateException("a watch has no one answer");
  }
}
