package hayloft.filer.commit;

import hayloft.common.log.EventLog;
import hayloft.common.placement.RestartNeededException;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Stops the catalog once it no longer knows whether its rows match the volumes: a needle became durable whose rows
/// could not be put, or an append ended without telling how. Nothing is lost: the next start replays. Or another
/// process has taken the catalog over, and then a start would only take it back. Thread-safe.
public final class FailStop {

  private static final EventLog LOG = EventLog.of(FailStop.class);

  private final CompletableFuture<Void> startHelps = new CompletableFuture<>();
  private volatile @Nullable Throwable cause;
  private volatile boolean gaveWay; // before the cause

  /// Stops after a fault that the next start gets over; the first cause is kept.
  public void trip(String what, Throwable fault) {
    if (isFirst(fault, false)) {
      LOG.error("catalog.stopped").with("what", what).with("action", "a start of the server recovers").say(fault);
      startHelps.complete(null);
    }
  }

  /// Stops since the catalog is another's; the first cause is kept.
  public void giveWay(String what, Throwable fault) {
    if (isFirst(fault, true)) {
      LOG.error("catalog.stopped").with("what", what).say(fault);
    }
  }

  private synchronized boolean isFirst(Throwable fault, boolean toAnother) {
    if (cause != null) {
      return false;
    }
    gaveWay = toAnother;
    cause = fault;
    return true;
  }

  /// Ends when the catalog has stopped after a fault that the next start gets over.
  public CompletableFuture<Void> startHelps() {
    return startHelps.copy();
  }

  /// Whether that is why it has stopped.
  public boolean gaveWay() {
    return gaveWay;
  }

  public boolean isTripped() {
    return cause != null;
  }

  /// @throws RestartNeededException if the catalog was stopped
  public void check() throws RestartNeededException {
    Throwable present = cause;
    if (present != null) {
      throw new RestartNeededException("the catalog stopped after a fault and needs a restart: " + present.getMessage(),
          present);
    }
  }
}
