package hayloft.cli.audit;

import hayloft.cli.audit.Entry.Begin;
import hayloft.cli.audit.Entry.Operation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What must be in the store, by what a log says. Confined to one thread while it is made, immutable afterwards.
///
/// Each key belongs to one client, who has one request under way at a time and leaves a key alone once the outcome of a
/// request is open. So a key holds what was acknowledged last, or, if a request was under way or ended without an
/// answer, perhaps what that one would have made of it.
final class Expectations {

  /// What a key may hold.
  ///
  /// @param acknowledged the last step that the store promised; a delete, or empty, for "nothing"
  /// @param open the step whose outcome nobody knows
  record Key(Optional<Begin> acknowledged, Optional<Begin> open) {
    static final Key NOTHING = new Key(Optional.empty(), Optional.empty());
  }

  private final Entry.Run run;
  private final Map<String, Key> keys = new TreeMap<>();
  private final Map<Operation, Long> acknowledged = new TreeMap<>();
  private final Map<String, Long> durabilities = new TreeMap<>();
  private long overwrites;
  private long refused;
  private long firstMillis = Long.MAX_VALUE;
  private long lastMillis;
  private boolean ended;

  /// @throws IllegalArgumentException if the entries are not those of one run
  Expectations(List<Entry> entries) {
    if (entries.isEmpty() || !(entries.getFirst() instanceof Entry.Run first)) {
      throw new IllegalArgumentException("the log does not begin with its run: it is empty, or not an audit's");
    }
    run = first;
    Map<Integer, Begin> underWay = new HashMap<>();
    for (Entry entry : entries.subList(1, entries.size())) {
      take(entry, underWay);
    }
    underWay.values().forEach(begin -> keys.merge(begin.key(), new Key(Optional.empty(), Optional.of(begin)),
        (known, _) -> new Key(known.acknowledged(), Optional.of(begin))));
  }

  private void take(Entry entry, Map<Integer, Begin> underWay) {
    switch (entry) {
      case Entry.Run _ -> throw new IllegalArgumentException("two runs in one log");
      case Begin begin -> {
        Begin other = underWay.put(begin.client(), begin);
        if (other != null) {
          throw new IllegalArgumentException("client " + begin.client() + " began step " + begin.step()
              + " before step " + other.step() + " had ended");
        }
      }
      case Entry.Ack ack -> {
        Begin begin = ended(underWay, ack.client(), ack.step());
        Key before = keys.getOrDefault(begin.key(), Key.NOTHING);
        boolean existed = before.acknowledged().map(Begin::operation).filter(op -> op != Operation.DELETE).isPresent();
        if (existed && begin.operation() != Operation.DELETE) {
          overwrites++;
        }
        keys.put(begin.key(), new Key(Optional.of(begin), before.open()));
        acknowledged.merge(begin.operation(), 1L, Long::sum);
        durabilities.merge(ack.durability(), 1L, Long::sum);
        firstMillis = Math.min(firstMillis, ack.millis());
        lastMillis = Math.max(lastMillis, ack.millis());
      }
      case Entry.Unknown unknown -> {
        Begin begin = ended(underWay, unknown.client(), unknown.step());
        keys.merge(begin.key(), new Key(Optional.empty(), Optional.of(begin)),
            (known, _) -> new Key(known.acknowledged(), Optional.of(begin)));
      }
      case Entry.Refused no -> {
        Begin begin = ended(underWay, no.client(), no.step());
        keys.putIfAbsent(begin.key(), Key.NOTHING);
        refused++;
      }
      case Entry.End _ -> ended = true;
    }
  }

  private static Begin ended(Map<Integer, Begin> underWay, int client, long step) {
    @Nullable
    Begin begin = underWay.remove(client);
    if (begin == null || begin.step() != step) {
      throw new IllegalArgumentException("client " + client + " ended step " + step + " without having begun it");
    }
    return begin;
  }

  Entry.Run run() {
    return run;
  }

  Map<String, Key> keys() {
    return keys;
  }

  long acknowledged(Operation operation) {
    return acknowledged.getOrDefault(operation, 0L);
  }

  long acknowledged() {
    return acknowledged.values().stream().mapToLong(Long::longValue).sum();
  }

  long overwrites() {
    return overwrites;
  }

  long refused() {
    return refused;
  }

  /// How many acknowledgements promised what.
  Map<String, Long> durabilities() {
    return durabilities;
  }

  /// Milliseconds since 1970 of the first acknowledgement; [Long#MAX_VALUE] if there is none.
  long firstMillis() {
    return firstMillis;
  }

  long lastMillis() {
    return lastMillis;
  }

  /// Whether the run ended by itself.
  boolean hasEnded() {
    return ended;
  }
}
