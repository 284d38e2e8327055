package hayloft.common.metrics;

import hayloft.common.log.EventLog;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// All parts of a process that have figures. Thread-safe.
///
/// A source that fails takes no other with it: what it told before stays, and [#FAILED] says that something is missing.
public final class FigureSources {

  private static final EventLog LOG = EventLog.of(FigureSources.class);
  private static final Figure FAILED = Figure.gauge("hayloft_metrics_failed_sources",
      "Parts of the server that could not tell all of their figures this time: some are missing here. The log says why "
          + "(`metrics.sourceFailed`).");

  private final CopyOnWriteArrayList<FigureSource> sources = new CopyOnWriteArrayList<>();
  /// Those that failed when they were asked last.
  private final Set<FigureSource> failing = ConcurrentHashMap.newKeySet();

  /// From now on these figures are told too.
  public void add(FigureSource source) {
    sources.add(source);
  }

  /// Asks each source once. Waits for disks, where sources do.
  ///
  /// @param hidesPaths whether whoever reads the answer must not know where the data lies
  FigureRound ask(boolean hidesPaths) {
    var round = new FigureRound(hidesPaths);
    int failed = 0;
    for (FigureSource source : sources) {
      failed += ask(source, round) ? 0 : 1;
    }
    round.number(FAILED, failed);
    return round;
  }

  /// The first of several failures in a row is told.
  private boolean ask(FigureSource source, FigureRound round) {
    try {
      source.tell(round);
      failing.remove(source);
      return true;
    } catch (RuntimeException | Error e) { // nobody would see the figures of the others
      if (failing.add(source)) {
        LOG.error("metrics.sourceFailed").with("source", source.getClass().getName()).say(e);
      }
      return false;
    }
  }
}
