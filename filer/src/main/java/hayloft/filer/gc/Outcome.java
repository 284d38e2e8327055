package hayloft.filer.gc;

/// How far a job has come in a pass.
sealed interface Outcome {

  Outcome DONE = new Done();
  Outcome MORE = new More();

  /// Nothing more is to be expected of it once its list is worked off.
  record Done() implements Outcome {}

  /// It goes on where it stopped.
  record More() implements Outcome {}

  /// Something of it cannot be settled now; what can be is in its list.
  ///
  /// @param what for people: which needle, which file
  record Aside(Reason reason, String what) implements Outcome {}

  /// Why something is not collected.
  enum Reason {
    /// Somebody reads it.
    READ("being_read"),
    /// A list of its pieces cannot be read, so nobody knows which chunks are its own.
    UNREADABLE("unreadable"),
    /// The same, because the volume is not there.
    VOLUME_MISSING("volume_missing"),
    /// A disk has too much to do.
    BUSY("busy"),
    /// A volume cannot be told of its dead needles.
    VOLUME_FAILS("volume_fails"),
    /// A truth is lost that may be older than what kills it: its killer must stay where it is seen.
    TRUTH_LOST("truth_lost"),
    /// It is of a newer program.
    NEWER("newer_program"),
    /// It says that it was killed in the future.
    CLOCK("clock_ahead");

    private final String label;

    Reason(String label) {
      this.label = label;
    }

    /// In figures and logs.
    String label() {
      return label;
    }

    /// Whether it is worth a line: the others are in the course of things and pass.
    boolean isFault() {
      return this != READ && this != CLOCK && this != BUSY;
    }
  }
}
