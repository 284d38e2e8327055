package hayloft.cli.logging;

import hayloft.cli.config.EarlySetting;
import hayloft.cli.config.SettingGroup;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/// The mixin with the settings of logs.
@SettingGroup("Logs")
public final class LogOptions {

  private static final List<String> HELP = List.of("-h", "--help", "-V", "--version");

  @Option(names = "--log-format", paramLabel = "text|json", defaultValue = "text", description = "Log lines for "
      + "people, or a JSON object a line (default: ${DEFAULT-VALUE}).")
  private LogFormat format = LogFormat.TEXT;

  @Option(names = "--log-level", paramLabel = "LEVEL", split = "\n", hideParamSyntax = true, defaultValue = "info",
      converter = LogLevel.Converter.class, description = "error, warning, info, debug or trace; LOGGER=LEVEL for one "
          + "package or class, such as hayloft.filer=debug. May be repeated; the later one wins (default: "
          + "${DEFAULT-VALUE}).")
  private List<LogLevel> levels = new ArrayList<>();

  /// Whether lines of JSON are asked for, as far as that can be told before anything is parsed, and of a configuration
  /// that will be refused. Who asks for help gets it as it is.
  public static boolean askForJson(List<String> arguments, Map<String, String> environment) {
    return Collections.disjoint(arguments, HELP)
        && EarlySetting.find("log-format", arguments, environment).map(String::strip)
            .filter(LogFormat.JSON.name()::equalsIgnoreCase).isPresent();
  }

  /// Brings them into force.
  public void apply() {
    Logging.apply(format, levels);
  }

  public LogFormat format() {
    return format;
  }
}
