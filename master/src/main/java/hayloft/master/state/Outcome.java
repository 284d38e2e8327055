package hayloft.master.state;

/// What a command came to. Commands are total: one that cannot be done is refused and changes nothing.
public sealed interface Outcome {

  record Done() implements Outcome {}

  record VolumeIdTaken(int id) implements Outcome {}

  record KeysTaken(long first, int count) implements Outcome {}

  /// @param predecessor the epoch that was taken before, as far as the state remembers; 0 if none was
  record EpochTaken(long epoch, long predecessor) implements Outcome {}

  record Refused(String why) implements Outcome {}
}
