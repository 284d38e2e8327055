package hayloft.master;

import hayloft.master.Growth.Place;
import hayloft.master.placement.Demand;
import hayloft.master.placement.NodeSpace;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/// The volumes that are being created: one a directory at most, so that a disk that hangs holds one thread. Guarded by
/// the master's lock, but for the waiting.
///
/// A creation that is late ([Patience]) is not counted on any more: others grow elsewhere, or use what is there. Only
/// when nothing else is left is it waited for, until it is hopeless.
final class Growths {

  private final Patience patience;
  private final Map<Place, Growth> underWay = new HashMap<>();

  Growths(Patience patience) {
    this.patience = patience;
  }

  /// How long creating a volume may take.
  record Patience(Duration late, Duration hopeless) {
    static final Patience USUAL = new Patience(Duration.ofSeconds(1), Duration.ofSeconds(10));
  }

  void begun(Growth growth) {
    underWay.put(growth.place(), growth);
  }

  void ended(Growth growth) {
    underWay.remove(growth.place(), growth);
  }

  boolean isUnderWay(int volume) {
    return underWay.values().stream().anyMatch(growth -> growth.volume().id() == volume);
  }

  /// The servers' disks without those where a volume is being created, and others that were found not to do.
  List<NodeSpace> without(Collection<NodeSpace> nodes, Collection<Place> refused) {
    List<NodeSpace> left = new ArrayList<>();
    for (NodeSpace node : nodes) {
      NodeSpace rest = node;
      for (var disk : node.disks()) {
        Place place = new Place(node.node(), disk.directory());
        if (underWay.containsKey(place) || refused.contains(place)) {
          rest = rest.without(disk.directory());
        }
      }
      left.add(rest);
    }
    return left;
  }

  /// Those for which it is worth waiting when nothing else is left.
  List<Growth> worthWaitingFor() {
    long now = System.nanoTime();
    return underWay.values().stream().filter(growth -> !isPast(growth, patience.hopeless(), now)).toList();
  }

  /// Those that will serve the demand before long.
  List<Growth> coming(Demand demand) {
    long now = System.nanoTime();
    return underWay.values().stream()
        .filter(growth -> demand.isServedBy(growth.volume()) && !isPast(growth, patience.late(), now)).toList();
  }

  /// Those that are not late.
  List<Growth> pending() {
    long now = System.nanoTime();
    return underWay.values().stream().filter(growth -> !isPast(growth, patience.late(), now)).toList();
  }

  private static boolean isPast(Growth growth, Duration bound, long nowNanos) {
    return nowNanos - growth.sinceNanos() >= bound.toNanos();
  }

  /// For messages; empty if there are none.
  String described() {
    return underWay.values().stream()
        .map(growth -> "; volume " + growth.volume().id() + " is being created in " + growth.place() + " for "
            + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - growth.sinceNanos()) + " s: its disk does not answer")
        .sorted().collect(Collectors.joining());
  }

  /// Waits until one of them has ended, or all are late.
  void awaitUntilLate(Collection<Growth> growths) throws InterruptedIOException {
    await(growths, patience.late());
  }

  /// Waits until one of them has ended, or all are hopeless.
  void awaitWhileThereIsHope(Collection<Growth> growths) throws InterruptedIOException {
    await(growths, patience.hopeless());
  }

  /// Waits for each as if it began now, and not longer than until it is late.
  void awaitEach(Collection<Growth> growths) throws InterruptedIOException {
    for (Growth growth : growths) {
      waitFor(growth.end(), patience.late().toNanos());
    }
  }

  private static void await(Collection<Growth> growths, Duration bound) throws InterruptedIOException {
    long now = System.nanoTime();
    long leftNanos = growths.stream().mapToLong(growth -> bound.toNanos() - (now - growth.sinceNanos())).max()
        .orElse(0);
    waitFor(CompletableFuture.anyOf(growths.stream().map(Growth::end).toArray(CompletableFuture[]::new)), leftNanos);
  }

  private static void waitFor(CompletableFuture<?> end, long nanos) throws InterruptedIOException {
    try {
      Object _ = end.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      // the caller looks at what there is
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted while a volume is created").initCause(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("an end that is none", e);
    }
  }
}
