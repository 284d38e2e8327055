package hayloft.master;

import hayloft.common.log.EventLog;
import hayloft.master.state.VolumeEntry;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Tells servers to seal volumes that the registry has sealed, each on a thread of its own, one at a time per volume.
/// There are as many threads at most as open volumes whose disk hangs. Thread-safe.
final class Seals {

  private static final EventLog LOG = EventLog.of(Seals.class);
  /// Nobody needs the seal: the volume is leased no more whether or not its server has noted it.
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Map<Integer, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();

  /// The end of it, which never fails: what a server could not note it is told again when it registers.
  CompletableFuture<Void> carryOut(VolumeEntry volume, Servers servers) {
    var end = new CompletableFuture<Void>();
    CompletableFuture<Void> other = underWay.putIfAbsent(volume.id(), end);
    if (other != null) {
      return other;
    }
    try {
      Thread.ofPlatform().daemon().name("volume-seal-" + volume.id()).start(() -> run(volume, servers, end));
    } catch (OutOfMemoryError e) { // no thread to be had: the server is told again when it registers
      LOG.error("volume.sealFailed").with("volume", volume.id()).say(e);
      ended(volume, end);
    }
    return end;
  }

  private void run(VolumeEntry volume, Servers servers, CompletableFuture<Void> end) {
    try {
      for (String node : volume.nodes()) {
        seal(volume, node, servers);
      }
    } finally {
      ended(volume, end);
    }
  }

  private void ended(VolumeEntry volume, CompletableFuture<Void> end) {
    underWay.remove(volume.id(), end);
    end.complete(null);
  }

  private static void seal(VolumeEntry volume, String node, Servers servers) {
    try {
      var host = servers.on(node);
      if (host.isPresent()) {
        host.get().seal(volume.id());
      }
    } catch (IOException e) {
      LOG.warning("volume.sealFailed").with("volume", volume.id()).with("node", node).say(e);
    } catch (RuntimeException | Error e) { // nobody else would hear of it
      LOG.error("volume.sealFailed").with("volume", volume.id()).with("node", node).say(e);
    }
  }

  /// Waits for them, and not for long.
  void await(Collection<CompletableFuture<Void>> ends) throws InterruptedIOException {
    if (ends.isEmpty()) {
      return;
    }
    try {
      Object _ = CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).get(PATIENCE.toNanos(),
          TimeUnit.NANOSECONDS);
    } catch (TimeoutException _) {
      LOG.warning("volume.sealTakesLong").with("volumes", List.copyOf(underWay.keySet())).say();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("interrupted while a volume is sealed").initCause(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("an end that is none", e);
    }
  }

  /// Waits a while for all.
  void rest() throws InterruptedIOException {
    await(List.copyOf(underWay.values()));
  }
}
