package hayloft.cli;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// ^C (SIGINT) and SIGTERM for a tool that has something to tell when it is ended early: its loops see that the first
/// one has come, and end. From then on both are the system's again, so that a second one ends the process at once.
/// Thread-safe.
public final class Interruption implements AutoCloseable {

  private final PrintWriter err;
  private final CompletableFuture<Void> come = new CompletableFuture<>();
  private final CompletableFuture<Void> over = new CompletableFuture<>();
  private final Map<Signal, SignalHandler> before = new LinkedHashMap<>(); // guarded by this

  private Interruption(PrintWriter err) {
    this.err = err;
  }

  /// From now on until it is closed.
  public static Interruption awaited(PrintWriter err) {
    var interruption = new Interruption(err);
    interruption.handle("INT");
    interruption.handle("TERM");
    return interruption;
  }

  private synchronized void handle(String name) {
    try {
      var signal = new Signal(name);
      before.put(signal, Signal.handle(signal, _ -> hear()));
    } catch (IllegalArgumentException _) { // this virtual machine leaves it to the system: it ends the process
      return;
    }
  }

  private void hear() {
    giveBack();
    err.println("hayloft: interrupted; what there is so far follows (once more ends it at once)");
    err.flush();
    come.complete(null);
  }

  private synchronized void giveBack() {
    before.forEach(Signal::handle);
    before.clear();
  }

  public boolean hasCome() {
    return come.isDone();
  }

  /// Completes when it comes, if it does.
  public CompletableFuture<Void> coming() {
    return come.copy();
  }

  /// Does something when the first signal came so long ago and the tool is still not done: what waits may wait for
  /// ever.
  public void afterwards(Duration grace, Runnable giveUp) {
    come.thenRunAsync(() -> {
      if (!over.isDone()) {
        giveUp.run();
      }
    }, CompletableFuture.delayedExecutor(grace.toNanos(), TimeUnit.NANOSECONDS));
  }

  @Override
  public void close() {
    over.complete(null);
    giveBack();
  }
}
