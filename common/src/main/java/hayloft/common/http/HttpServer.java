package hayloft.common.http;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.metrics.FigureSource;
import hayloft.common.tls.ServerTls;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.UnixChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A listening port: HTTP/1.1 and 1.0, one [HttpHandler] for all requests. Thread-safe.
///
/// Bounds, and what happens at them: connections (503, closed), forks (503), bytes of a request's head (414, 431),
/// bytes of a body that wait for a fork (the client is not read from), bytes of an answer that wait for a client (the
/// fork waits), both over all connections (smaller windows, then 503), time (408, or closed). Everything that a client
/// makes the port keep is counted in the [Ledger], where nobody may have all of it; connections that wait for their
/// client the longest are closed when others need their room.
public final class HttpServer {

  private static final int ACCEPT_BACKLOG = 1024;
  private static final int FIRST_READ_BYTES = 8 << 10;
  private static final int LARGEST_READ_BYTES = 256 << 10;
  /// Before the other connections of the loop have their turn. Who sends megabytes in chunks of one byte would have it
  /// for sixteen such reads else, and a large body is no dearer.
  private static final int READS_AT_ONCE = 1;
  private static final WriteBufferWaterMark WATER_MARKS = new WriteBufferWaterMark(64 << 10, 256 << 10);
  /// What the kernel takes of an answer beyond what it may send now: enough until the loop is woken, and not the
  /// megabytes that it would hold for a slow client.
  private static final long UNSENT_BYTES = 512 << 10;
  /// Small bodies being collected may take so much of what all bodies and answers may; beyond half of that they are
  /// streamed like large ones.
  private static final int AGGREGATING_SHARE = 4;
  private static final int NEARLY_ALL_PART = 8;
  /// After one that had no place at the turnstile.
  private static final long CROWDED_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /// With so many tasks before it an event loop is behind: new connections wait in the kernel's queue, where they cost
  /// no heap, until it is not.
  private static final int MOST_TASKS = 512;
  private static final long BEHIND_MILLIS = 5;
  /// Heap that a connection takes, with its channel.
  private static final int CONNECTION_BYTES = 2 << 10;
  private static final int TLS_CONNECTION_BYTES = 24 << 10;

  /// Why the server refused something by itself.
  enum Refused {
    /// Too many connections: 503; or just closed, where only descriptors are left that are kept for the catalog.
    CONNECTIONS,
    /// Too many requests on virtual threads: 503.
    FORKS,
    /// Too many bytes of bodies and answers on their way: 503.
    BUFFERED,
    /// No memory for bodies and answers: 503.
    MEMORY,
    /// The sender, or all strangers together, have as much as they may: 503.
    SHARE,
    /// Waited for its client while others needed its room: closed.
    IDLE,
    /// The head was not there in time: 408.
    SLOW_HEAD,
    /// The handshake was not done in time: closed.
    SLOW_HANDSHAKE,
    /// No request that HTTP knows, or a head that is too long: 4xx, 501, 505.
    MALFORMED
  }

  private final HttpServerConfig config;
  private final HttpHandler handler;
  private final Optional<ServerTls> tls;
  private final EventLoopGroup group;
  private final Map<EventLoop, LoopConnections> loops = new ConcurrentHashMap<>();
  private final BufferedBytes bufferedBytes;
  private final BufferedBytes aggregatingBytes;
  private final Ledger ledger;
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicInteger forks = new AtomicInteger();
  private final AtomicInteger turnedAway = new AtomicInteger();
  /// Event loops that were told to stop and have not had a turn since.
  private final AtomicInteger loopsBehind = new AtomicInteger();
  private final AtomicBoolean closingIdle = new AtomicBoolean();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition quieter = lock.newCondition();
  private final LongAdder accepted = new LongAdder();
  private final Map<Refused, LongAdder> refused = new EnumMap<>(Refused.class);
  private final Channel listener;
  private volatile Executor forkThreads = Thread::startVirtualThread;
  private volatile boolean stopping;
  private volatile int maxConnections;
  private volatile boolean crowded;
  private volatile long crowdedUntilNanos;

  private HttpServer(HttpServerConfig config, InetSocketAddress address, HttpHandler handler, EventLoops eventLoops,
      Optional<ServerTls> tls) throws IOException {
    this.config = config;
    for (Refused reason : Refused.values()) {
      refused.put(reason, new LongAdder());
    }
    this.maxConnections = config.maxConnections();
    this.bufferedBytes = new BufferedBytes(config.maxBufferedBytes(), eventLoops.memory());
    this.aggregatingBytes = new BufferedBytes(config.maxBufferedBytes() / AGGREGATING_SHARE, eventLoops.memory());
    this.ledger = new Ledger(config, bufferedBytes);
    this.handler = handler;
    this.tls = tls;
    this.group = eventLoops.group();
    ServerBootstrap bootstrap = new ServerBootstrap().group(eventLoops.acceptors(), group)
        .channel(eventLoops.serverChannel())
        .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG).option(ChannelOption.SO_REUSEADDR, true)
        .childOption(ChannelOption.ALLOCATOR, eventLoops.allocator()).childOption(ChannelOption.TCP_NODELAY, true)
        .childOption(ChannelOption.SO_KEEPALIVE, true).childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARKS)
        .childOption(ChannelOption.RECVBUF_ALLOCATOR,
            new AdaptiveRecvByteBufAllocator(512, FIRST_READ_BYTES, LARGEST_READ_BYTES)
                .maxMessagesPerRead(READS_AT_ONCE))
        .handler(new Listening(address)).childHandler(new Accepted());
    if (eventLoops.serverChannel() == EpollServerSocketChannel.class) {
      bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, UNSENT_BYTES);
    }
    ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException("cannot listen on " + HostAndPort.of(address), bound.cause());
    }
    this.listener = bound.channel();
  }

  /// Begins to listen.
  ///
  /// @param address port 0 takes a free one, see [#localAddress]
  /// @throws IOException if the address cannot be bound
  public static HttpServer start(HttpServerConfig config, InetSocketAddress address, HttpHandler handler,
      EventLoops eventLoops) throws IOException {
    return new HttpServer(config, address, handler, eventLoops, Optional.empty());
  }

  /// Begins to listen, with TLS if that is given. Each new connection is shown the certificate that is in force then.
  ///
  /// @param tls borrowed until the server has stopped
  /// @throws IOException if the address cannot be bound
  public static HttpServer start(HttpServerConfig config, InetSocketAddress address, HttpHandler handler,
      EventLoops eventLoops, Optional<ServerTls> tls) throws IOException {
    return new HttpServer(config, address, handler, eventLoops, tls);
  }

  public InetSocketAddress localAddress() {
    return (InetSocketAddress) listener.localAddress();
  }

  /// Connections that are open now.
  public int connections() {
    return connections.get();
  }

  /// Takes so many connections from now on instead of what the config said; those that are open stay.
  public void limitConnections(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("http.maxConnections must be positive, got " + most);
    }
    maxConnections = most;
  }

  /// Exchanges that run on virtual threads now.
  public int forks() {
    return forks.get();
  }

  /// Requests that are with their handler. A loop that does not answer in time is left out. Waits.
  public List<ExchangeUnderWay> underWay(Duration patience) {
    List<CompletableFuture<List<ExchangeUnderWay>>> asked = new ArrayList<>();
    for (LoopConnections loop : loops.values()) {
      asked.add(CompletableFuture.supplyAsync(loop::underWay, loop.eventLoop())
          .completeOnTimeout(List.of(), patience.toNanos(), TimeUnit.NANOSECONDS));
    }
    List<ExchangeUnderWay> all = new ArrayList<>();
    asked.forEach(answer -> all.addAll(answer.join()));
    return all;
  }

  /// Stops listening at once, lets exchanges under way finish, and after `grace` closes what is left. Waits.
  public void stop(Duration grace) {
    if (stopping) {
      awaitQuiet(grace);
      return;
    }
    stopping = true;
    listener.close().awaitUninterruptibly();
    turnAllLoops();
    if (!awaitQuiet(grace)) {
      for (LoopConnections loop : loops.values()) {
        loop.eventLoop().execute(loop::closeAll);
      }
      awaitQuiet(Duration.ofSeconds(1)); // forks whose client is gone end at their next read or write
    }
  }

  /// Nothing is accepted any more, but what was may still be on its way from the acceptor's thread: each loop, also one
  /// without connections so far, has had it once it had a turn.
  private void turnAllLoops() {
    loopsBehind.set(1);
    for (EventExecutor loop : group) {
      loopsBehind.incrementAndGet();
      loop.execute(() -> {
        try {
          LoopConnections here = loops.get(loop);
          if (here != null) {
            here.check();
          }
        } finally {
          caughtUp();
        }
      });
    }
    caughtUp();
  }

  private void caughtUp() {
    if (loopsBehind.decrementAndGet() == 0) {
      becameQuieter();
    }
  }

  private boolean awaitQuiet(Duration patience) {
    long left = patience.toNanos();
    boolean interrupted = false;
    lock.lock();
    try {
      while (loopsBehind.get() > 0 || connections.get() > 0 || forks.get() > 0) {
        if (left <= 0) {
          return false;
        }
        try {
          left = quieter.awaitNanos(left);
        } catch (InterruptedException _) {
          interrupted = true;
          left = 0;
        }
      }
      return true;
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void becameQuieter() {
    if (stopping) {
      lock.lock();
      try {
        quieter.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  HttpServerConfig config() {
    return config;
  }

  HttpHandler handler() {
    return handler;
  }

  BufferedBytes bufferedBytes() {
    return bufferedBytes;
  }

  BufferedBytes aggregatingBytes() {
    return aggregatingBytes;
  }

  Ledger ledger() {
    return ledger;
  }

  Holding newHolding() {
    return new Holding(ledger, this::makeRoom);
  }

  /// Any thread: every loop closes connections of this account that wait for their clients, if it is nearly full.
  void makeRoom(Account account) {
    if (account.asksForRoom()) {
      for (LoopConnections loop : loops.values()) {
        loop.eventLoop().execute(() -> {
          account.gotRoom();
          loop.makeRoom(account, null);
        });
      }
    }
  }

  /// There was no idle one among the connections of a loop: those of the others make room for who comes next.
  private void closeIdleBeside(LoopConnections looked) {
    if (closingIdle.compareAndSet(false, true)) {
      for (LoopConnections loop : loops.values()) {
        if (loop != looked) {
          loop.eventLoop().execute(() -> {
            closingIdle.set(false);
            loop.closeIdle();
          });
        }
      }
    }
  }

  /// Whether a user holds more than one may of what is nearly used up: connections, or the heap that they are counted
  /// with. He comes as a stranger, and brings with him what he held as one.
  boolean isOverdrawn(Account account) {
    if (account == ledger.strangers()) {
      return false;
    }
    return connections.get() > maxConnections - maxConnections / NEARLY_ALL_PART
        && account.connections() > (long) maxConnections * config.userPercent() / 100
        || ledger.heapBytes() > ledger.maxHeapBytes() - ledger.maxHeapBytes() / NEARLY_ALL_PART
            && account.held(Ledger.Kept.HEAP) > account.most(Ledger.Kept.HEAP);
  }

  /// Connections too many that are being told so.
  int turnedAway() {
    return turnedAway.get();
  }

  /// Connections were closed because others needed their room.
  void closedIdle(int count) {
    Objects.requireNonNull(refused.get(Refused.IDLE)).add(count);
  }

  /// A connection was closed because its handshake was not done in time.
  void closedInHandshake() {
    count(Refused.SLOW_HANDSHAKE);
  }

  boolean isStopping() {
    return stopping;
  }

  /// Whether there is room for one more. Whoever goes on without is not refused, and not counted.
  boolean enterFork() {
    if (forks.incrementAndGet() <= config.maxForks() && !bufferedBytes.isExhausted()) {
      return true;
    }
    leaveFork();
    return false;
  }

  /// Runs what may wait on a thread of its own.
  void startFork(Runnable task) {
    forkThreads.execute(task);
  }

  /// For tests: where the threads of forks come from.
  void takeForkThreadsFrom(Executor threads) {
    forkThreads = threads;
  }

  /// A request was answered 503 because there was no room for it.
  void refusedFork(Account account) {
    if (bufferedBytes.isExhausted()) {
      count(bufferedBytes.isOverBudget() ? Refused.BUFFERED : Refused.MEMORY);
    } else {
      count(forks.get() >= config.maxForks() ? Refused.FORKS : Refused.SHARE);
    }
  }

  /// A request was answered 503 because no buffer could be had for it.
  void refusedBuffer() {
    count(Refused.MEMORY);
  }

  /// What was sent was no request, or came too slowly.
  void refusedHead(int status) {
    count(switch (status) {
      case 408 -> Refused.SLOW_HEAD;
      case Refusal.BUSY -> Refused.SHARE;
      default -> Refused.MALFORMED;
    });
  }

  private void count(Refused reason) {
    Objects.requireNonNull(refused.get(reason)).increment();
  }

  /// What this port has done so far and holds now.
  ///
  /// @param port its role, the value of the label
  public FigureSource figures(String port) {
    return new HttpFigures(this, port);
  }

  long acceptedConnections() {
    return accepted.sum();
  }

  int maxConnections() {
    return maxConnections;
  }

  long refused(Refused reason) {
    return Objects.requireNonNull(refused.get(reason)).sum();
  }

  void leaveFork() {
    if (forks.decrementAndGet() == 0) {
      becameQuieter();
    }
  }

  /// Any thread: whether there was no place a moment ago, not even for one that is told so. Nobody looks for one then:
  /// who comes a thousand times a second costs the event loops nothing.
  private boolean isCrowded() {
    if (crowded && System.nanoTime() - crowdedUntilNanos > 0) {
      crowded = false;
    }
    return crowded && (connections.get() >= maxConnections
        || ledger.strangers().isOverrunBy(Ledger.Kept.HEAP, connectionBytes())
        || ledger.heapBytes() + connectionBytes() > ledger.maxHeapBytes());
  }

  private long connectionBytes() {
    return tls.isPresent() ? TLS_CONNECTION_BYTES : CONNECTION_BYTES;
  }

  /// Takes connections off the kernel's queue, on the acceptor's thread.
  private final class Listening extends ChannelInitializer<Channel> {

    private final InetSocketAddress address;

    Listening(InetSocketAddress address) {
      this.address = address;
    }

    @Override
    protected void initChannel(Channel channel) {
      channel.pipeline().addLast(new AcceptFaults(address), new ChannelInboundHandlerAdapter() {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
          if (message instanceof Channel child && isCrowded()) {
            accepted.increment();
            count(Refused.CONNECTIONS);
            child.unsafe().closeForcibly();
          } else {
            ctx.fireChannelRead(message);
            if (isBehind() && ctx.channel().config().isAutoRead()) {
              ctx.channel().config().setAutoRead(false);
              goOnLater(ctx);
            }
          }
        }
      });
    }

    private void goOnLater(ChannelHandlerContext ctx) {
      var _ = ctx.executor().schedule(() -> {
        if (isBehind()) {
          goOnLater(ctx);
        } else {
          ctx.channel().config().setAutoRead(true);
        }
      }, BEHIND_MILLIS, TimeUnit.MILLISECONDS);
    }

    private boolean isBehind() {
      for (EventExecutor loop : group) {
        if (loop instanceof SingleThreadEventExecutor one && one.pendingTasks() > MOST_TASKS) {
          return true;
        }
      }
      return false;
    }
  }

  /// Gives a new connection its handler, or refuses it.
  private final class Accepted extends ChannelInitializer<Channel> {

    @Override
    protected void initChannel(Channel channel) {
      accepted.increment();
      if (channel instanceof UnixChannel socket && FileDescriptors.isKept(socket.fd().intValue())) {
        count(Refused.CONNECTIONS);
        channel.close(); // without a word, for which it would have to stay open
        return;
      }
      LoopConnections loop = loop(channel);
      var connection = new HttpConnection(HttpServer.this, loop, channel, tls.isPresent());
      if (!enter(loop) || !takeRoom(connection, loop)) {
        count(Refused.CONNECTIONS);
        if (!Turnstile.refuse(channel, loop, HttpServer.this, tls, turnedAway)) {
          crowdedUntilNanos = System.nanoTime() + CROWDED_NANOS;
          crowded = true;
        }
        return;
      }
      channel.closeFuture().addListener(_ -> leave());
      tls.ifPresent(given -> channel.pipeline().addLast(new TlsDoor(given, config.headerTimeout(), connection)));
      channel.pipeline().addLast(connection);
    }

    /// One connection more; idle ones make room for it.
    private boolean enter(LoopConnections loop) {
      for (boolean asked = false; connections.incrementAndGet() > maxConnections; asked = true) {
        leave();
        if (asked || loop.closeIdle() == 0) {
          closeIdleBeside(loop);
          return false;
        }
      }
      return true;
    }

    private boolean takeRoom(HttpConnection connection, LoopConnections loop) {
      long heapBytes = connectionBytes();
      if (connection.takeRoom(heapBytes)) {
        return true;
      }
      if (loop.closeIdle() > 0 && connection.takeRoom(heapBytes)) {
        return true;
      }
      closeIdleBeside(loop);
      leave();
      return false;
    }

    private void leave() {
      if (connections.decrementAndGet() == 0) {
        becameQuieter();
      }
    }

    private LoopConnections loop(Channel channel) {
      return loops.computeIfAbsent(channel.eventLoop(), key -> new LoopConnections(key, HttpServer.this));
    }
  }
}
