package hayloft.cli.config;

import picocli.CommandLine.TypeConversionException;

/// A value that a setting cannot have. Its message goes on where the setting's name ends: `must be … , got …`.
public final class Unfit extends TypeConversionException {

  private static final long serialVersionUID = 1;

  /// @param must what is allowed: `a port from 0 to 65535`
  public Unfit(String must, String got) {
    super("must be " + must + ", got " + (got.isEmpty() ? "nothing" : got));
  }

  /// For people.
  String text() {
    return String.valueOf(getMessage());
  }
}
