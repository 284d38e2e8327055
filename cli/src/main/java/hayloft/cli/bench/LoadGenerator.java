package hayloft.cli.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Drives an endpoint with a number of clients, each of which sends its next request when the last was answered.
final class LoadGenerator implements AutoCloseable {
  private final EventLoopGroup loops;
  private final URI endpoint;
  private final String accessKey;
  private final String secretKey;
  private final String region;
  private final ByteBuf body;
  private final String bodyHash;

  LoadGenerator(URI endpoint, String accessKey, String secretKey, String region, int threads, int bodyBytes,
      long seed) {
    this.loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.region = region;
    byte[] bytes = new byte[bodyBytes];
    new Random(seed).nextBytes(bytes);
    this.body = Unpooled.unreleasableBuffer(Unpooled.directBuffer(Math.max(1, bodyBytes)).writeBytes(bytes));
    this.bodyHash = RequestSigner.sha256Hex(bytes);
  }

  /// Runs until a number of requests has been started.
  LoadMeter runCount(Function<RandomGenerator, Workload.Request> next, int clients, long requests) throws Exception {
    AtomicLong left = new AtomicLong(requests);
    return run(next, clients, () -> left.getAndDecrement() > 0, new LoadMeter(null));
  }

  /// Runs for a time.
  LoadMeter runFor(Function<RandomGenerator, Workload.Request> next, int clients, long nanos) throws Exception {
    long end = System.nanoTime() + nanos;
    return run(next, clients, () -> System.nanoTime() - end < 0, new LoadMeter(null));
  }

  /// Runs for a time, and keeps when each latency was measured.
  LoadMeter runTimed(Function<RandomGenerator, Workload.Request> next, int clients, long nanos) throws Exception {
    long start = System.nanoTime();
    return run(next, clients, () -> System.nanoTime() - start < nanos, new LoadMeter(new Timeline(start, nanos)));
  }

  private LoadMeter run(Function<RandomGenerator, Workload.Request> next, int clients, BooleanSupplier keepGoing,
      LoadMeter meter) throws Exception {
    LoadConnection.Run run = new LoadConnection.Run(next, body, bodyHash, meter, keepGoing);
    int port = endpoint.getPort() > 0 ? endpoint.getPort() : 80;
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      LoadHttpCodec codec = new LoadHttpCodec();
      LoadConnection connection = new LoadConnection(run,
          new RequestSigner(accessKey, secretKey, endpoint.getHost() + ":" + port, region), codec, i);
      done.add(connection.done());
      new Bootstrap().group(loops).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
          .handler(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
              channel.pipeline().addLast(codec, connection);
            }
          }).connect(endpoint.getHost(), port).addListener(connected -> {
            if (!connected.isSuccess()) {
              connection.done().completeExceptionally(connected.cause());
            }
          });
    }
    CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get();
    return meter;
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }
}
