package hayloft.cli.shell.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.config.Allowed;
import hayloft.cli.shell.Column;
import hayloft.cli.shell.RemoteCommand;
import hayloft.cli.shell.Screen;
import hayloft.cli.shell.ShellSession;
import hayloft.cli.shell.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `log.level`.
@Command(name = "log.level", description = {
    "Shows the levels of the server's log; with LEVEL sets one, of the whole server or of one room, while it runs.",
    "It stays until the server is stopped, until the time of -for is over, or until the configuration is read again "
        + "(SIGHUP), which always brings the levels of the configuration back."})
public final class LogLevels extends RemoteCommand {

  @Option(names = {"-logger", "--logger"}, paramLabel = "ROOM", defaultValue = "", description = "Only of this room: "
      + "common, volume, master, filer, s3, cli, or a package or class, such as hayloft.filer.gc.")
  private String logger = "";

  @Option(names = {"-for", "--for"}, paramLabel = "TIME", converter = Allowed.Period.class,
      description = "For so long: 30s, 10m, 2h. Without it, until the server is stopped.")
  private Optional<Duration> howLong = Optional.empty();

  @Parameters(index = "0", arity = "0..1", paramLabel = "LEVEL", defaultValue = "", description = "error, warning, "
      + "info, debug or trace; configured for the one of the configuration.")
  private String level = "";

  @Override
  protected void fill(ObjectNode arguments) {
    put(arguments, "logger", logger);
    put(arguments, "level", level);
    howLong.ifPresent(time -> arguments.put("forSeconds", time.toSeconds()));
  }

  @Override
  protected JsonNode ask(ShellSession session, String name, ObjectNode arguments, Watch watch) throws IOException {
    return super.ask(session, nameFor(name, arguments, "level", "forSeconds"), arguments, watch);
  }

  @Override
  protected void show(JsonNode answer, Screen screen) {
    screen.table(answer.path("loggers"), "no loggers", Column.text("LOGGER", "logger"), Column.text("LEVEL", "level"),
        Column.yesNo("CONFIGURED", "configured"), Column.time("UNTIL", "until"));
  }
}
