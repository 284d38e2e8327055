package hayloft.common.health;

import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Where a process is in its life. Thread-safe.
public final class Readiness {

  /// The life of a process.
  ///
  ///     STARTING --everything is open--> READY --asked to stop--> STOPPING
  ///     STARTING --asked to stop--> STOPPING
  ///     READY --a part has stopped after a fault--> READ_ONLY
  ///     READY, READ_ONLY --starts again after a fault--> STARTING
  public enum Phase {
    STARTING,
    READY,
    /// Answers what needs no change; the rest is refused.
    READ_ONLY,
    STOPPING
  }

  /// @param detail for people, strangers among them: what it is doing
  public record State(Phase phase, String detail) {

    /// Whether requests are answered at all.
    public boolean serves() {
      return phase == Phase.READY || phase == Phase.READ_ONLY;
    }
  }

  private final String version;
  /// Never [Phase#READ_ONLY]: that is asked for.
  private volatile State state = new State(Phase.STARTING, "starting");
  private volatile Supplier<Optional<String>> halted = Optional::empty;
  private Consumer<State> listener = _ -> {};

  /// Of a program that does not tell its version.
  public Readiness() {
    this("");
  }

  /// @param version of the program, as probes on the ports of roles are told it
  public Readiness(String version) {
    this.version = version;
  }

  String version() {
    return version;
  }

  public State state() {
    State present = state;
    return present.phase() != Phase.READY
        ? present
        : halted.get().map(reason -> new State(Phase.READ_ONLY, reason)).orElse(present);
  }

  /// Whether it does all that it is there for.
  public boolean isReady() {
    return state().phase() == Phase.READY;
  }

  /// Who knows whether a part has stopped, and why, in words for strangers. Asked by every request once it is ready.
  public void watch(Supplier<Optional<String>> parts) {
    halted = parts;
  }

  /// Who is told of every change from now on, but for [Phase#READ_ONLY], which is asked for; one at a time, and not for
  /// long: whoever changes something waits for it.
  public synchronized void onChange(Consumer<State> told) {
    listener = told;
  }

  private void set(Phase phase, String detail) {
    state = new State(phase, detail);
    listener.accept(state);
  }

  /// Tells what the start is doing, for instance how far a rebuild is. Changes nothing once the start is over.
  public synchronized void starting(String detail) {
    if (state.phase() == Phase.STARTING) {
      set(Phase.STARTING, detail);
    }
  }

  /// Everything is open. Changes nothing if it is stopping already.
  public synchronized void ready() {
    if (state.phase() == Phase.STARTING) {
      set(Phase.READY, "ready");
    }
  }

  /// What was open is closed and opened again. Changes nothing if it is stopping.
  public synchronized void startingAgain() {
    if (state.phase() == Phase.READY) {
      set(Phase.STARTING, "starting again after a fault of catalog or master");
    }
  }

  public synchronized void stopping() {
    set(Phase.STOPPING, "stopping");
  }
}
