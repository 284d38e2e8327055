package hayloft.cli.config;

import java.nio.file.Path;

/// Where a value was written. Immutable.
public sealed interface Source {

  record Default() implements Source {}

  record Flag() implements Source {}

  record Variable(String name) implements Source {}

  /// @param line counted from 1
  record FileLine(Path file, int line) implements Source {}

  /// As `config show` names it.
  default String text() {
    return switch (this) {
      case Default _ -> "default";
      case Flag _ -> "flag";
      case Variable(String name) -> name;
      case FileLine(Path file, int line) -> file + ":" + line;
    };
  }

  /// The setting's name as the person wrote it, for a refusal: `--s3-port`, `HAYLOFT_S3_PORT` or `hayloft.yaml:3:
  /// s3-port`.
  default String written(String key) {
    return switch (this) {
      case Default _,Flag _ -> "--" + key;
      case Variable(String name) -> name;
      case FileLine(Path file, int line) -> file + ":" + line + ": " + key;
    };
  }
}
