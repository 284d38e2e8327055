package hayloft.cli.bench;

import hayloft.cli.Ending;
import hayloft.cli.Interruption;
import hayloft.cli.client.ConnectionFault;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.RequestSigner;
import hayloft.cli.progress.Progress;
import hayloft.common.tls.ClientTls;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Drives an endpoint with a number of clients, each of which sends its next request when the last was answered.
final class LoadGenerator implements AutoCloseable {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final int CONNECT_MILLIS = 10_000;

  private final Interruption interruption;
  private final EventLoopGroup loops;
  private final URI endpoint;
  private final int port;
  private final Optional<ClientTls.Connections> tls;
  private final String accessKey;
  private final String secretKey;
  private final String region;
  private final RequestBodies bodies;

  /// @param tls whom to believe to be the endpoint, if it is https
  /// @param interruption ends a run early
  LoadGenerator(URI endpoint, Optional<ClientTls> tls, Credentials credentials, String region, int threads,
      RequestBodies bodies, Interruption interruption) throws IOException {
    this.interruption = interruption;
    this.port = endpoint.getPort() > 0 ? endpoint.getPort() : tls.isPresent() ? 443 : 80;
    this.tls = tls.isPresent() ? Optional.of(tls.get().connections(endpoint.getHost(), port)) : Optional.empty();
    this.loops = new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
    this.endpoint = endpoint;
    this.accessKey = credentials.accessKey();
    this.secretKey = credentials.secretKey();
    this.region = region;
    this.bodies = bodies;
  }

  /// What a run gave.
  ///
  /// @param seconds until it was done, or could go on no longer
  record Load(LoadMeter meter, double seconds, Ending ending) {}

  /// Runs until a number of requests has been started.
  Load runCount(Function<RandomGenerator, Workload.Request> next, int clients, long requests, Progress progress)
      throws Exception {
    AtomicLong left = new AtomicLong(requests);
    return run(next, clients, () -> left.getAndDecrement() > 0, new LoadMeter(null), progress);
  }

  /// Runs for a time.
  Load runFor(Function<RandomGenerator, Workload.Request> next, int clients, long nanos, Progress progress)
      throws Exception {
    long end = System.nanoTime() + nanos;
    return run(next, clients, () -> System.nanoTime() - end < 0, new LoadMeter(null), progress);
  }

  /// Runs for a time, and keeps when each latency was measured.
  Load runTimed(Function<RandomGenerator, Workload.Request> next, int clients, long nanos, Progress progress)
      throws Exception {
    long start = System.nanoTime();
    return run(next, clients, () -> System.nanoTime() - start < nanos, new LoadMeter(new Timeline(start, nanos)),
        progress);
  }

  private Load run(Function<RandomGenerator, Workload.Request> next, int clients, BooleanSupplier keepGoing,
      LoadMeter meter, Progress progress) throws Exception {
    long start = System.nanoTime();
    var cutShort = new AtomicBoolean();
    LoadConnection.Run run = new LoadConnection.Run(next, bodies, meter,
        () -> !cutShort.get() && keepGoing.getAsBoolean(), this::connect);
    var failed = new CompletableFuture<Void>();
    List<CompletableFuture<Void>> done = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      LoadConnection connection = new LoadConnection(run,
          new RequestSigner(accessKey, secretKey, endpoint.getHost() + ":" + port, region), tls.isPresent(), i);
      connection.done().whenComplete((_, why) -> {
        if (why != null) {
          failed.completeExceptionally(why);
        }
      });
      done.add(connection.done());
      connect(connection);
    }
    CompletableFuture<Void> all = CompletableFuture.allOf(done.toArray(CompletableFuture[]::new));
    Ending ending = await(CompletableFuture.anyOf(all, failed, interruption.coming()), meter, progress);
    double seconds = (System.nanoTime() - start) / 1e9;
    if (!ending.isDone()) {
      cutShort.set(true);
      awaitAnswers(all);
    }
    return new Load(meter, seconds, ending);
  }

  private Ending await(CompletableFuture<?> end, LoadMeter meter, Progress progress) throws Exception {
    long shown = 0;
    while (true) {
      try {
        end.get(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS);
        return interruption.hasCome() ? new Ending.Interrupted() : new Ending.Done();
      } catch (TimeoutException _) {
        long requests = meter.requests();
        progress.add(requests - shown);
        shown = requests;
      } catch (ExecutionException e) {
        return new Ending.StoreGone(whyGone(e));
      }
    }
  }

  private String whyGone(ExecutionException failure) throws ExecutionException {
    return switch (failure.getCause()) {
      case ConnectTimeoutException _ -> "connections to " + endpoint + " are neither taken nor refused";
      case ConnectException _ -> "nobody answers at " + endpoint + " any more: the connection is refused";
      case IOException fault -> "requests to " + endpoint + " no longer come through: "
          + ConnectionFault.reason(fault);
      case null, default -> throw failure; // a bug
    };
  }

  /// Requests that are under way may still end and be counted, if they do so soon.
  private static void awaitAnswers(CompletableFuture<Void> all) throws InterruptedException {
    try {
      all.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException _) { // the store is gone, or slow: that is told
      return;
    }
  }

  private void connect(LoadConnection client) {
    new Bootstrap().group(loops).channel(NioSocketChannel.class).option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
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
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    tls.ifPresent(ClientTls.Connections::close);
  }
}
