package hayloft.filer.gc;

import hayloft.common.log.EventLog;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.commit.VolumeStates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;

/// Tells which needles have certainly left their volumes: such a needle needs no mark, and nothing remains of it.
/// Confined to the collector.
///
/// A collection leads to such needles after a kill: marks are durable at once, and their volume may be compacted,
/// before the key store has flushed that the rows are gone. Were they marked again, their volume would take them for
/// dead and still there until it is compacted once more, and killers would wait for that.
///
/// Where there is a doubt the answer is no, and marks are made: a volume that is not there may come back. The usual
/// question, about a needle that is there, costs a look into the index.
final class Gone {
  private static final EventLog LOG = EventLog.of(Gone.class);

  private final VolumeClient volumes;
  private final VolumeStates states;
  /// What was found out in this pass about volumes of which not each needle has to be asked for.
  private final Map<Integer, Whole> wholes = new HashMap<>();

  /// What holds for all of a volume.
  private enum Whole {
    /// It is there and answers.
    ASK_IT,
    /// It was retired or given up.
    GONE,
    /// It is missing, or could not answer.
    UNKNOWN
  }

  Gone(VolumeClient volumes, VolumeStates states) {
    this.volumes = volumes;
    this.states = states;
  }

  void beginPass() {
    wholes.clear();
  }

  boolean isCertain(int volume, long key) {
    try {
      if (volumes.presence(volume, key) != Presence.GONE) {
        return false;
      }
      Whole whole = wholes.get(volume);
      if (whole == null) {
        whole = whole(volume);
        wholes.put(volume, whole);
      }
      return switch (whole) {
        case ASK_IT -> volumes.isCompactedAway(volume, key);
        case GONE -> true;
        case UNKNOWN -> false;
      };
    } catch (IOException | UncheckedIOException e) {
      // whoever is told of the mark says what is wrong
      LOG.debug("needle.presenceUnknown").with("volume", volume).say(e);
      wholes.put(volume, Whole.UNKNOWN);
      return false;
    }
  }

  private Whole whole(int volume) throws IOException {
    if (volumes.marks().stream().anyMatch(marks -> marks.volume() == volume)) {
      return Whole.ASK_IT;
    }
    return states.known().isGone(volume) ? Whole.GONE : Whole.UNKNOWN;
  }
}
