package hayloft.common.http;

import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.DirectMemory;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/// The threads that move bytes between sockets and buffers, and the memory they do it with; one set per process, shared
/// by every port it listens on. epoll where its native library loads, NIO elsewhere. Thread-safe.
public final class EventLoops implements AutoCloseable {

  /// After so long with tasks (64 at least) a loop looks at its sockets again. Netty's default is a second: for so long
  /// nobody was read from while connections came faster than they were taken up, or one client's requests stood behind
  /// each other.
  private static final Duration TASKS = Duration.ofMillis(5);
  private static final Duration SHUTDOWN_PATIENCE = Duration.ofSeconds(5);

  private final EventLoopGroup group;
  /// A thread of its own: a new connection would wait in the kernel's queue behind the requests of those that are here,
  /// and nobody could see how many do.
  private final EventLoopGroup acceptors;
  private final Class<? extends ServerChannel> serverChannel;
  /// Pooled, not Netty's adaptive default: a 1 MiB answer in pieces of 256 KiB cost 0.30 to 0.40 ms of CPU with it
  /// against 0.43 to 0.61, because it keeps its memory instead of touching new pages; small answers and RSS were the
  /// same.
  private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
  private final BufferMemory memory = DirectMemory.of(PooledByteBufAllocator.DEFAULT);

  private EventLoops(int threads, boolean epoll) {
    IoHandlerFactory io = epoll ? SteadyEpoll.newFactory() : NioIoHandler.newFactory();
    this.group = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("hayloft-loop", true), io) {
      @Override
      protected IoEventLoop newChild(Executor executor, IoHandlerFactory factory, Object... none) {
        return new SocketLoop(this, executor, factory, TASKS);
      }
    };
    this.acceptors = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("hayloft-accept", true), io);
    this.serverChannel = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /// One thread per core.
  public static EventLoops start() {
    return start(Runtime.getRuntime().availableProcessors());
  }

  public static EventLoops start(int threads) {
    return new EventLoops(threads, Epoll.isAvailable());
  }

  /// As if epoll did not load.
  static EventLoops startNio(int threads) {
    return new EventLoops(threads, false);
  }

  /// What buffers that go to or come from a socket are best allocated with.
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /// How full the memory is that [#allocator] hands out.
  public BufferMemory memory() {
    return memory;
  }

  /// `epoll` or `nio`, for logs.
  public String transport() {
    return serverChannel == EpollServerSocketChannel.class ? "epoll" : "nio";
  }

  EventLoopGroup group() {
    return group;
  }

  /// Which only take connections off the kernel's queues.
  EventLoopGroup acceptors() {
    return acceptors;
  }

  Class<? extends ServerChannel> serverChannel() {
    return serverChannel;
  }

  /// Ends the threads; to be called after every server on them has stopped.
  @Override
  public void close() {
    for (EventLoopGroup ending : List.of(acceptors, group)) {
      ending.shutdownGracefully(0, SHUTDOWN_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
          .awaitUninterruptibly(SHUTDOWN_PATIENCE.toMillis() + 1000);
    }
  }
}
