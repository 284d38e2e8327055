package hayloft.cli.bench;

import hayloft.cli.client.RequestSigner;
import hayloft.common.tls.ClientTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Drives an endpoint with a number of clients, each of which sends its next request when the last was answered.
final class LoadGenerator implements AutoCloseable {
  private final EventLoopGroup loops;
  private final URI endpoint;
  private final int port;
  private final Optional<ClientTls.Connections> tls;
  private final String accessKey;
  private final String secretKey;
  private final String region;
  private final RequestBodies bodies;

  /// @param tls whom to believe to be the endpoint, if it is https
  LoadGenerator(URI endpoint, Optional<ClientTls> tls, String accessKey, String secretKey, String region, int threads,
      RequestBodies bodies) throws IOException {
    this.port = endpoint.getPort() > 0 ? endpoint.getPort() : tls.isPresent() ? 443 : 80;
    this.tls = tls.isPresent() ? Optional.of(tls.get().connections(endpoint.getHost(), port)) : Optional.empty();
    this.loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.region = region;
    this.bodies = bodies;
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
    LoadConnection.Run run = new LoadConnection.Run(next, bodies, meter, keepGoing, this::connect);
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      LoadConnection connection = new LoadConnection(run,
          new RequestSigner(accessKey, secretKey, endpoint.getHost() + ":" + port, region), tls.isPresent(), i);
      done.add(connection.done());
      connect(connection);
    }
    CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).get();
    return meter;
  }

  private void connect(LoadConnection client) {
    new Bootstrap().group(loops).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
        .handler(new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel channel) {
            tls.ifPresent(given -> channel.pipeline().addLast(given.newHandler(channel.alloc())));
            var codec = new LoadHttpCodec();
            channel.pipeline().addLast(codec, client.over(codec));
          }
        }).connect(endpoint.getHost(), port).addListener(connected -> {
          if (!connected.isSuccess()) {
            client.done().completeExceptionally(connected.cause());
          }
        });
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    tls.ifPresent(ClientTls.Connections::close);
  }
}
