package hayloft.cli.config;

/// A command with settings. Before it runs it is told where they came from.
public interface Configurable {

  void configured(Configuration configuration);
}
