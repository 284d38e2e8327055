package hayloft.volume.scrub;

import java.time.Duration;
import java.util.List;

/// Where scrubbing stands. Immutable.
///
/// @param debt age of the byte that has gone unread for longest; zero if nothing is stored
/// @param bytesVerified since the start, by every scrub
/// @param damages needles that are known to be damaged and still live, as far as their volumes can tell
public record ScrubFigures(Duration debt, long bytesVerified, List<Damage> damages) {

  public ScrubFigures {
    damages = List.copyOf(damages);
  }
}
