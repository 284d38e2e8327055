package hayloft.cli.config;

import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The mixin with `--config`. It is no setting itself: a file cannot name another one.
public final class ConfigFileOption {

  static final String NAME = "--config";

  @Option(names = NAME, paramLabel = "FILE", description = {
      "Settings in YAML, key: value, with the flags' names as keys. Default: the variable HAYLOFT_CONFIG, then "
          + "/etc/hayloft/hayloft.yaml if it is there. Flags win over HAYLOFT_* variables, and these over the file."})
  private Optional<Path> file = Optional.empty();

  Optional<Path> file() {
    return file;
  }
}
