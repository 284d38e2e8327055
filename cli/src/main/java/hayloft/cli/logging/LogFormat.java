package hayloft.cli.logging;

/// How events are written.
public enum LogFormat {
  /// A line for people.
  TEXT,
  /// A JSON object on a line.
  JSON
}
