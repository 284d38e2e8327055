package hayloft.cli.config;

import java.util.Map;

/// A command that knows whether its settings, each fine alone, go together.
public interface Consistent {

  /// @throws IllegalArgumentException if they do not
  void requireConsistent(Map<String, String> environment);
}
