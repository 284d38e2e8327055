package hayloft.common.http;

import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.util.concurrent.RejectedExecutionHandlers;
import java.time.Duration;
import java.util.concurrent.Executor;

/// An event loop that knows how often it has looked at its sockets: a client of which nothing was read has been silent
/// only if somebody has looked. What it counts is confined to its thread.
final class SocketLoop extends SingleThreadIoEventLoop {

  private long looks;

  /// @param tasks after so long with tasks (64 at least) it looks at its sockets again
  SocketLoop(IoEventLoopGroup parent, Executor executor, IoHandlerFactory factory, Duration tasks) {
    super(parent, executor, factory, Integer.MAX_VALUE, RejectedExecutionHandlers.reject(), tasks.toMillis());
  }

  @Override
  protected int runIo() {
    int done = super.runIo();
    looks++;
    return done;
  }

  /// Looks that are over.
  long looks() {
    return looks;
  }
}
