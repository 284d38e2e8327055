package hayloft.filer.gc;

import hayloft.filer.gc.Outcome.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Where the collector stands in table G, and which notes it has put aside because they could not be settled. Confined
/// to the collector.
///
/// Notes below the *frontier* have been looked at; each is worked off, put aside here, or beyond what is kept here. A
/// note that was put aside comes again after a pause that doubles up to ten minutes. The queue is bounded; what does
/// not fit is found again in G, by going back to where the first of it lies. Nothing here has to survive: G does.
final class NoteQueue {

  private static final int MOST_ASIDE = 16_384;
  private static final long FIRST_PAUSE_NANOS = 1_000_000_000L;
  private static final long LONGEST_PAUSE_NANOS = 600_000_000_000L;
  private static final int MOST_DOUBLINGS = 10;
  private static final int LINES_AT_ONCE = 8;
  private static final int RARELY = 36;

  private final LongSupplier nanos;
  private final int mostAside;
  private final TreeMap<Long, Aside> aside = new TreeMap<>();
  private final PriorityQueue<Aside> byDue = new PriorityQueue<>((a, b) -> Long.signum(a.dueNanos - b.dueNanos));
  private long frontier;
  /// The first note that was put aside and is not kept; none if it is `Long.MAX_VALUE`.
  private long forgottenFrom = Long.MAX_VALUE;
  private long backAtNanos;
  private int linesLeft = LINES_AT_ONCE;
  private int unnamed;

  /// A note that was put aside.
  ///
  /// @param tries how often it could not be settled
  record Aside(long sequence, long atMillis, Reason reason, String what, int tries, long dueNanos) {}

  NoteQueue(LongSupplier nanos) {
    this(nanos, MOST_ASIDE);
  }

  NoteQueue(LongSupplier nanos, int mostAside) {
    this.nanos = nanos;
    this.mostAside = mostAside;
  }

  /// Notes from here on are to be looked at.
  long frontier() {
    return frontier;
  }

  void passed(long sequence) {
    frontier = sequence + 1;
  }

  boolean isAside(long sequence) {
    return aside.containsKey(sequence);
  }

  /// A note whose subject is under way because of others: it comes again in the next pass, behind those that are due.
  void putBehind(long sequence, long atMillis, int tries) {
    put(sequence, atMillis, Reason.BUSY, "", tries, 0);
  }

  /// @param tries how often it had been put aside before
  void putAside(long sequence, long atMillis, Reason reason, String what, int tries) {
    put(sequence, atMillis, reason, what, tries + 1,
        Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(tries, MOST_DOUBLINGS)));
  }

  private void put(long sequence, long atMillis, Reason reason, String what, int tries, long pauseNanos) {
    if (aside.size() >= mostAside) {
      if (forgottenFrom == Long.MAX_VALUE) {
        backAtNanos = nanos.getAsLong() + LONGEST_PAUSE_NANOS;
      }
      forgottenFrom = Math.min(forgottenFrom, sequence);
      return;
    }
    var entry = new Aside(sequence, atMillis, reason, what, tries, nanos.getAsLong() + pauseNanos);
    aside.put(sequence, entry);
    byDue.add(entry);
  }

  /// The next one whose pause is over, which is then no longer kept; null if there is none.
  @Nullable
  Aside nextDue() {
    Aside first = byDue.peek();
    if (first == null || first.dueNanos - nanos.getAsLong() > 0) {
      return null;
    }
    byDue.remove();
    aside.remove(first.sequence);
    return first;
  }

  /// All of them may be tried again at once.
  void endPauses() {
    byDue.clear();
    aside.replaceAll((_, entry) -> new Aside(entry.sequence, entry.atMillis, entry.reason, entry.what, entry.tries,
        nanos.getAsLong()));
    byDue.addAll(aside.values());
    backAtNanos = nanos.getAsLong();
  }

  /// Goes back for what is not kept, once there is room again or it has waited long enough.
  void goBack() {
    if (forgottenFrom != Long.MAX_VALUE
        && (aside.size() <= mostAside / 2 || backAtNanos - nanos.getAsLong() <= 0)) {
      frontier = Math.min(frontier, forgottenFrom);
      forgottenFrom = Long.MAX_VALUE;
    }
  }

  /// Whether a line in the log is due for something that is put aside: the first time and then about every six hours,
  /// some lines in each pass at most.
  boolean isWorthALine(Reason reason, int tries) {
    if (!reason.isFault() || tries != 0 && tries % RARELY != 0) {
      return false;
    }
    if (linesLeft == 0) {
      unnamed++;
      return false;
    }
    linesLeft--;
    return true;
  }

  /// How many lines were saved since the last time.
  int beginPass() {
    linesLeft = LINES_AT_ONCE;
    int saved = unnamed;
    unnamed = 0;
    return saved;
  }

  /// How many are aside, by reason; those that are not kept are not counted.
  Map<Reason, Integer> counts() {
    Map<Reason, Integer> counts = new EnumMap<>(Reason.class);
    aside.values().forEach(entry -> counts.merge(entry.reason, 1, Integer::sum));
    return counts;
  }

  /// The one that was noted first; null if there is none.
  @Nullable
  Aside oldest() {
    return aside.isEmpty() ? null : aside.firstEntry().getValue();
  }
}
