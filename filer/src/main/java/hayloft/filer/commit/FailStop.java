package hayloft.filer.commit;

import hayloft.common.placement.RestartNeededException;
import org.jspecify.annotations.Nullable;

/// Stops the catalog once it no longer knows whether its rows match the volumes: a needle became durable whose rows could
/// not be put, or an append ended without telling how. Nothing is lost: the next start replays. Thread-safe.
public final class FailStop {

  private static final System.Logger LOG = System.getLogger(FailStop.class.getName());

  private volatile @Nullable Throwable cause;

  /// Stops; the first cause is kept.
  public void trip(String what, Throwable fault) {
    synchronized (this) {
      if (cause != null) {
        return;
      }
      cause = fault;
    }
    LOG.log(System.Logger.Level.ERROR, "catalog stopped, restart to recover: " + what, fault);
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
