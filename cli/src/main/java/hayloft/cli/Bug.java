package hayloft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.CREATE_NEW;

import hayloft.cli.logging.Logging;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;

/// What a command says of something that should not have happened: words for the person, and a file for whoever mends
/// it. Stateless.
final class Bug {

  private static final EventLog LOG = EventLog.of(Bug.class);

  private Bug() {}

  /// While the log is JSON all of it is one event.
  ///
  /// @param command its name; arguments may hold what is nobody's business, and are left out
  static void tell(Throwable bug, String command, PrintWriter err) {
    if (Logging.isOnlyJson()) {
      LOG.error("process.died").with("command", command).with("program", ProgramVersion.numberAndCommit())
          .with("advice", "a bug of Hayloft's: please report it with this line, and say what you did").say(bug);
      return;
    }
    Optional<Path> file = written(bug, command);
    err.println("hayloft: something happened that should not, a bug of Hayloft's: " + command
        + " has ended before it was done");
    if (file.isPresent()) {
      err.println("hayloft: what is known of it is in " + file.get() + ". Please report it with that file, and say what"
          + " you did");
    } else { // nowhere to write: then here
      err.println("hayloft: please report it with these lines, and say what you did");
      bug.printStackTrace(err);
    }
  }

  /// The same on one line, for programs.
  static String words(Throwable bug) {
    return "something happened that should not, a bug of Hayloft's. Please report it"
        + written(bug, "with --json").map(file -> " with " + file).orElse("");
  }

  private static Optional<Path> written(Throwable bug, String command) {
    try {
      Path file = Path.of(System.getProperty("java.io.tmpdir", "."),
          "hayloft-bug-" + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".txt");
      try (var out = new PrintWriter(new OutputStreamWriter(OwnerOnly.stream(file, CREATE_NEW), UTF_8))) {
        out.println(ProgramVersion.numberAndCommit() + ", Java " + Runtime.version() + ", " + command);
        bug.printStackTrace(out);
      }
      return Optional.of(file);
    } catch (IOException _) { // told where it is told
      return Optional.empty();
    }
  }
}
