package hayloft.cli.logging;

import hayloft.cli.config.SettingGroup;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/// The mixin with the settings of logs.
@SettingGroup("Logs")
public final class LogOptions {

  @Option(names = "--log-format", paramLabel = "text|json", defaultValue = "text", description = "Log lines for "
      + "people, or a JSON object a line (default: ${DEFAULT-VALUE}).")
  private LogFormat format = LogFormat.TEXT;

  @Option(names = "--log-level", paramLabel = "LEVEL", split = "\n", hideParamSyntax = true, defaultValue = "info",
      converter = LogLevel.Converter.class, description = "error, warning, info, debug or trace; LOGGER=LEVEL for one "
          + "package or class, such as hayloft.filer=debug. May be repeated; the later one wins (default: "
          + "${DEFAULT-VALUE}).")
  private List<LogLevel> levels = new ArrayList<>();

  /// Brings them into force.
  public void apply() {
    Logging.apply(format, levels);
  }

  public LogFormat format() {
    return format;
  }
}
