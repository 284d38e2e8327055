package hayloft.common.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/// The stop watch of one request: where its time went. Thread-safe.
///
/// Whoever looks after a request binds one ([#CURRENT]) where somebody wants to know; rooms that it passes stop their
/// stage by it. Where none is bound that costs a look and no clock.
public final class StageClock {

  /// The one of the request that this thread works for.
  public static final ScopedValue<StageClock> CURRENT = ScopedValue.newInstance();

  /// What a request waits for. The stages do not overlap.
  public enum Stage {
    /// Signature, operation, rights.
    AUTH,
    /// Bytes of the request's body from its client.
    BODY,
    /// Rows of the catalog.
    CATALOG,
    /// Needles that become durable, and their rows.
    COMMIT,
    /// Bytes of needles.
    READ
  }

  private static final Stage[] STAGES = Stage.values();

  private final AtomicLongArray nanos = new AtomicLongArray(STAGES.length);

  /// Begins a stage on this thread; the answer is for [#stop]. 0 if nobody wants to know.
  public static long start() {
    return CURRENT.isBound() ? System.nanoTime() | 1 : 0;
  }

  /// Ends a stage.
  public static void stop(Stage stage, long started) {
    if (started != 0) {
      CURRENT.get().add(stage, System.nanoTime() - started);
    }
  }

  public void add(Stage stage, long elapsedNanos) {
    nanos.getAndAdd(stage.ordinal(), elapsedNanos);
  }

  public long nanos(Stage stage) {
    return nanos.get(stage.ordinal());
  }
}
