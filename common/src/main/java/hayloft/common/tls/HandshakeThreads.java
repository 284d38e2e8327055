package hayloft.common.tls;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Does what a handshake computes with the server's key: 0.4 ms with an elliptic curve, 1 ms with RSA of 2048 bits,
/// twice that without BoringSSL. On an event loop all its other connections would wait for that long, and while many
/// clients connect at once for all of theirs. Thread-safe.
///
/// Threads end when nobody has connected for a while. Of more handshakes than can wait the last ones fail, and their
/// connections are closed.
final class HandshakeThreads implements Executor, AutoCloseable {

  private static final int MOST_WAITING = 4096;
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor threads;

  HandshakeThreads() {
    int count = Math.max(1, Runtime.getRuntime().availableProcessors() / 2); // the others stay with open connections
    threads = new ThreadPoolExecutor(count, count, IDLE_SECONDS, TimeUnit.SECONDS,
        new ArrayBlockingQueue<>(MOST_WAITING), new DefaultThreadFactory("hayloft-handshake", true));
    threads.allowCoreThreadTimeOut(true);
  }

  /// @throws java.util.concurrent.RejectedExecutionException if too many wait
  @Override
  public void execute(Runnable task) {
    threads.execute(task);
  }

  int count() {
    return threads.getCorePoolSize();
  }

  int waiting() {
    return threads.getQueue().size();
  }

  /// What waits is still done.
  @Override
  public void close() {
    threads.shutdown();
  }
}
