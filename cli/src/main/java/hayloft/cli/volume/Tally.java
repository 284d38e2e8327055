package hayloft.cli.volume;

import java.util.List;

/// What an export came to. Immutable.
///
/// @param damaged objects and blobs whose bytes could not be read, with why
/// @param leftOut what could not be exported for want of a name
record Tally(long objects, long blobs, long bytes, List<String> damaged, List<String> leftOut) {

  Tally {
    damaged = List.copyOf(damaged);
    leftOut = List.copyOf(leftOut);
  }
}
