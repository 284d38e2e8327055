package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.logging.LogLevel;
import hayloft.cli.logging.Logging;
import hayloft.common.log.EventLog;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// `log.level` and `log.level.set`: what the log of the process says, while it runs. Thread-safe.
final class LogCommands {

  private static final EventLog LOG = EventLog.of(LogCommands.class);
  private static final List<String> ROOMS = List.of("common", "volume", "master", "filer", "s3", "cli");
  private static final String CONFIGURED = "configured";
  private static final long LONGEST_SECONDS = Duration.ofDays(30).toSeconds();

  List<AdminCommand> commands() {
    return List.of(AdminCommand.reads("log.level", LogCommands::show),
        AdminCommand.changes("log.level.set", LogCommands::set));
  }

  private static JsonNode show(AdminCall call) {
    Optional<String> logger = call.arguments().optionalText("logger").map(LogCommands::logger);
    call.arguments().requireAllKnown();
    return logger.map(LogCommands::levelOf).orElseGet(LogCommands::levels);
  }

  /// Its own, or that of the nearest above it.
  private static JsonNode levelOf(String logger) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode list = answer.putArray("loggers");
    Logging.inForce().stream()
        .filter(one -> logger.equals(one.level().logger()) || logger.startsWith(one.level().logger() + "."))
        .max(Comparator.comparingInt(one -> one.level().logger().length()))
        .ifPresent(one -> add(list, logger, one));
    return answer;
  }

  private static JsonNode set(AdminCall call) {
    Arguments arguments = call.arguments();
    String logger = logger(arguments.optionalText("logger").orElse(LogLevel.OURS));
    String level = arguments.text("level");
    long seconds = arguments.number("forSeconds", 0, 1, LONGEST_SECONDS);
    arguments.requireAllKnown();
    if (level.equals(CONFIGURED)) {
      if (seconds > 0) {
        throw AdminRefusal.wrong("-for goes with a level, not with " + CONFIGURED);
      }
      Logging.unset(logger);
    } else {
      LogLevel wanted = new LogLevel(logger, LogLevel.named(level).orElseThrow(() -> AdminRefusal
          .wrong("level must be error, warning, info, debug, trace, or " + CONFIGURED + ", got " + level)));
      Logging.set(wanted, seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds)));
    }
    LOG.info("log.levelSet").with("logger", logger).with("level", level).with("seconds", seconds)
        .with("by", call.caller().userId()).say();
    return levels();
  }

  /// A room may be named by its last word. A name that means nothing is refused: it would be silent for ever.
  private static String logger(String name) {
    String full = ROOMS.contains(name) ? LogLevel.OURS + "." + name : name;
    if (full.equals(LogLevel.OURS) || ROOMS.stream().anyMatch(room -> full.equals(LogLevel.OURS + "." + room))
        || Logging.knows(full)) {
      return full;
    }
    throw AdminRefusal.wrong("-logger: there is no logger " + name + ": name a room (" + String.join(", ", ROOMS)
        + "), or a logger as lines of the log name it");
  }

  private static JsonNode levels() {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode list = answer.putArray("loggers");
    Logging.inForce().forEach(one -> add(list, one.level().logger(), one));
    return answer;
  }

  private static void add(ArrayNode list, String logger, Logging.InForce one) {
    ObjectNode row = list.addObject().put("logger", logger).put("level", one.level().name()).put(CONFIGURED,
        one.isConfigured());
    one.until().ifPresentOrElse(until -> row.put("until", until.toString()), () -> row.putNull("until"));
  }
}
