package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;

/// Looks at a job while it runs.
public interface Watch {

  Watch NOTHING = new Watch() {
    @Override
    public void line(String line) {}

    @Override
    public void progress(JsonNode job) {}

    @Override
    public void ended() {}
  };

  /// The job says something.
  void line(String line);

  /// @param job with `doing`, `done`, `total`, `unit`
  void progress(JsonNode job);

  void ended();
}
