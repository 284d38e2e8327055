package hayloft.common.health;

/// Where a process is in its life. Thread-safe.
public final class Readiness {

  /// The life of a process.
  ///
  ///     STARTING --everything is open--> READY --asked to stop--> STOPPING
  ///     STARTING --asked to stop--> STOPPING
  ///     READY --starts again after a fault--> STARTING
  public enum Phase {
    STARTING,
    READY,
    STOPPING
  }

  /// @param detail for people: what it is doing
  public record State(Phase phase, String detail) {}

  private volatile State state = new State(Phase.STARTING, "starting");

  public State state() {
    return state;
  }

  public boolean isReady() {
    return state.phase() == Phase.READY;
  }

  /// Tells what the start is doing, for instance how far a rebuild is. Changes nothing once the start is over.
  public synchronized void starting(String detail) {
    if (state.phase() == Phase.STARTING) {
      state = new State(Phase.STARTING, detail);
    }
  }

  /// Everything is open. Changes nothing if it is stopping already.
  public synchronized void ready() {
    if (state.phase() == Phase.STARTING) {
      state = new State(Phase.READY, "ready");
    }
  }

  /// What was open is closed and opened again. Changes nothing if it is stopping.
  public synchronized void startingAgain() {
    if (state.phase() == Phase.READY) {
      state = new State(Phase.STARTING, "starting again after a fault of the catalog");
    }
  }

  public synchronized void stopping() {
    state = new State(Phase.STOPPING, "stopping");
  }
}
