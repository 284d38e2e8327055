package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.PieceSource;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.memory.GatheredBytes;
import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.EOFException;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What clients without credentials can make a port keep, and what they leave to the others.
final class StrangersTest extends HttpServerFixture {

  private static final int MIB = 1 << 20;
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();
  private static final long ASK_NANOS = Duration.ofMillis(300).toNanos();
  private static final long LETTER_NANOS = Duration.ofMillis(20).toNanos(); // far less than counts as idle

  private static final String EMPTY_POST = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n";

  private final List<RawClient> lame = new ArrayList<>();
  private volatile EventLoops theOne = loops;
  private volatile CountDownLatch stands = new CountDownLatch(0);
  private volatile CountDownLatch mayGoOn = new CountDownLatch(0);

  @AfterEach
  void hangUp() throws IOException {
    for (RawClient client : lame) {
      client.close();
    }
  }

  private static HttpServerConfig config(int connections, int forks, long buffers, long heap) {
    return new HttpServerConfig(connections, forks, buffers, heap, 25, 16 << 10, 32 << 10, 64 << 10, LONG, LONG, LONG);
  }

  /// Whoever names a user is one; waits for the body and gathers it.
  private static void gather(HttpExchange exchange) {
    String user = exchange.headers().get("x-user");
    if (user != null) {
      exchange.belongsTo(user);
    }
    exchange.fork(() -> {
      int bytes = 0;
      try (Claim claim = new Claim(exchange.body().claims(), Claims.Kind.BUFFERS)) {
        var gathered = new GatheredBytes(claim);
        try {
          for (ByteBuf piece = exchange.body().next(); piece != null; piece = exchange.body().next()) {
            gathered.add(piece);
          }
          bytes = gathered.sizeBytes();
        } catch (StoreBusyException _) {
          exchange.respond(503, new DefaultHttpHeaders().set("connection", "close"), Unpooled.EMPTY_BUFFER);
          return;
        } finally {
          gathered.release();
        }
      }
      exchange.respond(200, new DefaultHttpHeaders(), Unpooled.copiedBuffer(("" + bytes).getBytes()));
    });
  }

  private RawClient lame(String begun) throws IOException {
    var client = new RawClient(server.localAddress());
    lame.add(client);
    return client.send(begun);
  }

  private RawClient.Answer ask(String head) throws IOException {
    try (var client = new RawClient(server.localAddress())) {
      return client.send(head + "\r\n\r\n").answer();
    }
  }

  private boolean isServed(String head) throws IOException {
    try {
      return ask(head).status() == 200;
    } catch (SocketException | EOFException _) { // closed without a word
      return false;
    }
  }

  private void awaitConnections(int count) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (server.connections() != count) {
      assertTrue(System.nanoTime() < deadline, () -> server.connections() + " connections instead of " + count);
      Thread.onSpinWait();
    }
  }

  private void awaitServed(String head) throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (!isServed(head)) {
      assertTrue(System.nanoTime() < deadline, "never served: " + head);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 5_000, 15_000})
  void unfinishedHeadsHaveABoundAndHinderNobody(int bytes) throws IOException {
    serve(config(1_000, 100, 4 * MIB, 64 * MIB), StrangersTest::gather).close();
    for (int i = 0; i < 400; i++) {
      lame("GET / HTTP/1.1\r\nHost: h\r\nx-long: ").send("a".repeat(bytes));
      assertTrue(server.ledger().strangers().held(Ledger.Kept.BUFFERS) <= MIB);
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h").status());
  }

  /// What was done has to be told, so the room for it is there before.
  @Test
  void anAnswerThatIsOwedIsGivenWhateverOthersKeepMeanwhile() throws Exception {
    var owing = new CountDownLatch(1);
    var strained = new CountDownLatch(1);
    HttpServerConfig config = config(1_000, 40, 64 * MIB, 64 * MIB);
    try (RawClient client = serve(config, exchange -> exchange.fork(() -> owe(exchange, owing, strained)))) {
      client.send("POST /owe HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
      owing.await();
      lame("GET /much HTTP/1.1\r\nHost: h\r\n\r\n"); // and takes nothing of it
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      while (server.ledger().strangers().hasRoom(Ledger.Kept.BUFFERS)) {
        assertTrue(System.nanoTime() < deadline, "nothing is kept for the one who takes nothing");
        Thread.onSpinWait();
      }
      strained.countDown();
      RawClient.Answer told = client.answer();
      assertEquals(200, told.status());
      assertEquals(256 << 10, told.body().length);
    }
    assertEquals(503, ask("POST /owe-too-much HTTP/1.1\r\nHost: h\r\nContent-Length: 0").status());
  }

  private static void owe(HttpExchange exchange, CountDownLatch owing, CountDownLatch strained) throws Exception {
    if (exchange.target().equals("/much")) {
      exchange.respond(200, new DefaultHttpHeaders(), Unpooled.wrappedBuffer(new byte[24 * MIB]));
      return;
    }
    try {
      exchange.oweAnswer(exchange.target().equals("/owe") ? 256 << 10 : 17 * MIB);
    } catch (StoreBusyException _) { // more than all strangers together may have
      exchange.respond(503, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
      return;
    }
    owing.countDown();
    strained.await();
    exchange.respond(200, new DefaultHttpHeaders(), Unpooled.wrappedBuffer(new byte[256 << 10]));
  }

  @Test
  void stalledBodiesOfStrangersTakeNoForksFromUsers() throws IOException {
    serve(config(1_000, 40, 64 * MIB, 64 * MIB), StrangersTest::gather).close();
    for (int i = 0; i < 60; i++) {
      lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
    assertTrue(server.ledger().strangers().held(Ledger.Kept.FORKS) <= 10);
    awaitServed("GET / HTTP/1.1\r\nHost: h"); // once the oldest of them has been idle for a moment
    assertTrue(server.refused(HttpServer.Refused.SHARE) > 0);
    assertTrue(server.refused(HttpServer.Refused.IDLE) > 0);
  }

  @Test
  void oneUsersStalledBodiesTakeNotAllForks() throws IOException {
    serve(config(1_000, 40, 64 * MIB, 64 * MIB), StrangersTest::gather).close();
    for (int i = 0; i < 60; i++) {
      lame("PUT / HTTP/1.1\r\nHost: h\r\nx-user: eve\r\nContent-Length: 1000000\r\n\r\n");
    }
    awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
    assertTrue(server.ledger().user("eve").held(Ledger.Kept.FORKS) <= 24);
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h").status());
  }

  @Test
  void whatIsGatheredOfStalledBodiesHasABound() throws IOException {
    serve(config(1_000, 400, 4 * MIB, 64 * MIB), StrangersTest::gather).close();
    for (int i = 0; i < 60; i++) {
      lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n").send("b".repeat(50_000));
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
    assertTrue(server.ledger().strangers().held(Ledger.Kept.BUFFERS) < 3 * MIB, "queues have bounds of their own");
    awaitServed("GET / HTTP/1.1\r\nHost: h");
  }

  @Test
  void noMoreOfOnesBodiesIsReadThanThereIsRoomFor() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    serve(config(1_000, 400, 4 * MIB, 64 * MIB), exchange -> {
      if (!"eve".equals(exchange.headers().get("x-user"))) {
        gather(exchange);
        return;
      }
      exchange.belongsTo("eve");
      exchange.fork(() -> {
        goOn.await();
        try {
          for (ByteBuf piece = exchange.body().next(); piece != null; piece = exchange.body().next()) {
            piece.release();
          }
        } catch (StoreBusyException _) {
          exchange.respond(503, new DefaultHttpHeaders().set("connection", "close"), Unpooled.EMPTY_BUFFER);
        }
      });
    }).close();
    for (int i = 0; i < 200; i++) { // from half of what she may have on each keeps one piece, however small
      lame("PUT / HTTP/1.1\r\nHost: h\r\nx-user: eve\r\nContent-Length: 1000000\r\n\r\n").send("b".repeat(130_000));
    }
    Account eve = server.ledger().user("eve");
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (eve.takesInput(Ledger.Kept.BUFFERS)) {
      assertTrue(System.nanoTime() < deadline, () -> "she has what she may have: " + eve.held(Ledger.Kept.BUFFERS));
    }
    long most = 0;
    for (int i = 0; i < 50; i++) { // each goes through the event loops that read hers
      assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
      assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h").status());
      most = Math.max(most, eve.held(Ledger.Kept.BUFFERS));
    }
    goOn.countDown();
    assertTrue(most < 3 * MIB, "what she may have, an eighth more, and a piece for each event loop, but not " + most);
  }

  /// A piece of each has come before the one event loop looks at the first.
  @Test
  void whatComesBeyondAnEighthMoreThanOnesShareIsRefusedAtOnce() throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    stands = new CountDownLatch(1);
    onOneLoop(config(1_000, 400, 4 * MIB, 64 * MIB), exchange -> {
      if (exchange.target().equals("/wait")) {
        stands.countDown();
        await(sent);
        exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
        return;
      }
      exchange.belongsTo("eve");
      exchange.fork(() -> {
        goOn.await();
        try {
          for (ByteBuf piece = exchange.body().next(); piece != null; piece = exchange.body().next()) {
            piece.release();
          }
          exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
        } catch (StoreBusyException _) {
          exchange.respond(503, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
        }
      });
    }, () -> {
      List<RawClient> hers = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        hers.add(lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 125000\r\n\r\n").send("b".repeat(20_000)));
      }
      Account eve = server.ledger().user("eve");
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      while (eve.held(Ledger.Kept.BUFFERS) < 60 * 20_000) { // after which each is read in large pieces
        assertTrue(System.nanoTime() < deadline, () -> "only " + eve.held(Ledger.Kept.BUFFERS));
      }
      RawClient waiting = lame("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      stands.await();
      for (RawClient client : hers) {
        client.send("b".repeat(105_000));
      }
      sent.countDown();
      assertEquals(204, waiting.answer().status());
      assertEquals(204, lame("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n").answer().status());
      assertTrue(eve.held(Ledger.Kept.BUFFERS) <= eve.most(Ledger.Kept.BUFFERS) / 8 * 9 + 60 * 256,
          "a piece costs a little more than its bytes");
      goOn.countDown();
      int refused = 0;
      for (RawClient client : hers) {
        RawClient.Answer answer = client.answer();
        if (answer.status() == 503) {
          refused++;
          assertEquals("close", answer.headers().get("connection"));
        } else {
          assertEquals(204, answer.status());
        }
      }
      assertTrue(refused > 0 && refused < 60, refused + " of 60 refused");
    });
    assertEquals(0, server.ledger().user("eve").held(Ledger.Kept.BUFFERS));
  }

  @Test
  void whoeverIsHeldBackIsRefusedInTheEnd() throws IOException {
    serve(config(1_000, 400, 4 * MIB, 64 * MIB), StrangersTest::gather).close();
    List<RawClient> slow = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      slow.add(lame("PUT / HTTP/1.1\r\nHost: h\r\nx-user: eve\r\nContent-Length: 1000000\r\n\r\n"));
    }
    for (RawClient client : slow) {
      client.send("b".repeat(130_000));
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (slow.stream().noneMatch(StrangersTest::isRefused)) {
      assertTrue(System.nanoTime() < deadline, "each waits, and none for long");
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
  }

  private static boolean isRefused(RawClient client) {
    try {
      return client.in().available() > 0 && client.answer().status() == 503;
    } catch (IOException _) {
      return false;
    }
  }

  @Test
  void answersThatNobodyTakesHaveABound() throws IOException {
    serve(config(1_000, 400, 16 * MIB, 64 * MIB), exchange -> {
      String user = exchange.headers().get("x-user");
      if (user != null) {
        exchange.belongsTo(user);
      }
      try {
        exchange.respondFrom(200, new DefaultHttpHeaders(), 64 * MIB, zeros(), new Zeros());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }).close();
    for (int i = 0; i < 60; i++) {
      lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (server.refused(HttpServer.Refused.IDLE) == 0) {
      assertTrue(System.nanoTime() < deadline, "nobody had to go");
    }
    assertTrue(server.ledger().strangers().held(Ledger.Kept.BUFFERS) < 6 * MIB);
    try (RawClient user = lame("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann\r\n\r\n")) {
      assertEquals(200, user.answer(false).status());
      assertEquals(8 * MIB, user.in().readNBytes(8 * MIB).length);
    }
  }

  private static ByteBuf zeros() {
    return Unpooled.directBuffer(256 << 10).writeZero(256 << 10);
  }

  private static final class Zeros implements PieceSource {

    @Override
    public ByteBuf poll() {
      return zeros();
    }

    @Override
    public ByteBuf next() {
      return zeros();
    }

    @Override
    public void close() {
      // nothing is held
    }
  }

  /// All of them stand, and one after the other wants a page of a listing, of which one has room beside half of the
  /// forks.
  @Test
  void forksLeaveHeapForWhatTheyRead() throws Exception {
    int clients = 400;
    CountDownLatch all = new CountDownLatch(clients);
    CountDownLatch read = new CountDownLatch(3);
    Semaphore turn = new Semaphore(1);
    AtomicInteger starved = new AtomicInteger();
    serve(config(1_000, 4_096, 64 * MIB, 18 * MIB), exchange -> {
      exchange.fork(() -> {
        all.await();
        turn.acquire();
        if (read.getCount() > 0) {
          try (Claim page = new Claim(exchange.body().claims(), Claims.Kind.HEAP)) {
            page.grow(MIB + MIB / 4);
          } catch (StoreBusyException _) {
            starved.incrementAndGet();
          }
          read.countDown();
        }
        turn.release();
        read.await(); // so that none has ended before
        exchange.respond(200, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
      });
      all.countDown();
    }).close();
    for (int i = 0; i < clients; i++) {
      lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    int served = 0;
    for (RawClient client : lame) {
      served += client.answer().status() == 200 ? 1 : 0;
    }
    assertTrue(served > 200, served + " had a fork");
    assertEquals(0, starved.get(), "forks waited in vain: the others kept them from going on");
  }

  @Test
  void whoIsClosedForOthersIsCountedOnce() throws IOException {
    serve(config(1_000, 40, 64 * MIB, 64 * MIB), StrangersTest::gather).close();
    for (int i = 0; i < 200; i++) {
      lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n").send("b");
    }
    awaitServed("GET / HTTP/1.1\r\nHost: h");
    long closed = server.refused(HttpServer.Refused.IDLE);
    assertTrue(closed > 0 && closed <= lame.size() + 1, () -> closed + " closed of " + lame.size());
  }

  /// Both have sent all before the event loop looks at either.
  @Test
  void whoSendsAThousandRequestsAtOnceLetsOthersPass() throws Exception {
    int before = requestsBefore(3, (clients, modest) -> {
      clients.getFirst().send("GET /greedy HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1_000));
      modest.send("GET /modest HTTP/1.1\r\nHost: h\r\n\r\n");
    });
    assertTrue(before < 100, () -> before + " requests of one before one of another");
  }

  /// Of more connections than 64 each has one request at a time.
  @Test
  void amongManyEachWaitsForOneRequestOfEachOther() throws Exception {
    int before = requestsBefore(100, (clients, modest) -> {
      for (RawClient greedy : clients.subList(0, 50)) {
        greedy.send("GET /greedy HTTP/1.1\r\nHost: h\r\n\r\n".repeat(8));
      }
      modest.send("GET /modest HTTP/1.1\r\nHost: h\r\n\r\n");
    });
    assertTrue(before <= 101, () -> before + " requests of 50 others before one of the last");
  }

  private interface Sending {
    void by(List<RawClient> clients, RawClient modest) throws IOException;
  }

  /// How many requests an event loop answers before `/modest`, of those that were sent while it stood.
  ///
  /// @param connections of which the last one makes it stand
  private int requestsBefore(int connections, Sending sending) throws Exception {
    CountDownLatch sent = new CountDownLatch(1);
    List<String> answered = new ArrayList<>(); // of the one event loop
    stands = new CountDownLatch(1);
    onOneLoop(config(1_000, 40, 64 * MIB, 64 * MIB), exchange -> {
      answered.add(exchange.target());
      if (exchange.target().equals("/wait")) {
        stands.countDown();
        await(sent);
      }
      exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    }, () -> {
      for (int i = 0; i < connections; i++) {
        assertEquals(204, lame("GET /first HTTP/1.1\r\nHost: h\r\n\r\n").answer().status());
      }
      lame.getLast().send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      stands.await();
      RawClient modest = lame.get(connections - 2);
      sending.by(lame, modest);
      sent.countDown();
      assertEquals(204, modest.answer().status());
    });
    return answered.indexOf("/modest") - answered.indexOf("/wait");
  }

  /// Its request lies in its socket, where a loop that is behind has not looked yet: a scrape among a crowd.
  @Test
  void whoseRequestNobodyHasLookedAtIsNotSilent() throws Exception {
    onOneLoop(config(1, 40, 64 * MIB, 64 * MIB),
        exchange -> exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER), () -> {
          var loop = (SingleThreadEventExecutor) theOne.group().next();
          CountDownLatch sent = new CountDownLatch(1);
          loop.execute(() -> await(sent));
          RawClient first = lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
          while (loop.pendingTasks() < 1) {
            Thread.onSpinWait();
          }
          loop.execute(() -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300))); // what keeps it
          RawClient second = lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
          while (loop.pendingTasks() < 3) {
            Thread.onSpinWait();
          }
          sent.countDown();
          assertEquals(204, first.answer().status());
          assertEquals(503, second.answer().status());
        });
  }

  /// Tasks that never end, as they do not where connections come faster than they are taken up.
  @Test
  void tasksOfAnEventLoopLetItsSocketsPass() throws Exception {
    AtomicInteger tasks = new AtomicInteger();
    AtomicBoolean served = new AtomicBoolean();
    CountDownLatch sent = new CountDownLatch(1);
    stands = new CountDownLatch(1);
    onOneLoop(config(1_000, 40, 64 * MIB, 64 * MIB), exchange -> {
      if (exchange.target().equals("/wait")) {
        stands.countDown();
        await(sent);
        goOn(theOne.group().next(), tasks, served);
      }
      served.set(exchange.target().equals("/modest"));
      exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    }, () -> {
      RawClient modest = lame("GET /first HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(204, modest.answer().status());
      RawClient waiting = lame("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      stands.await();
      modest.send("GET /modest HTTP/1.1\r\nHost: h\r\n\r\n");
      sent.countDown();
      assertEquals(204, modest.answer().status());
      assertEquals(204, waiting.answer().status());
    });
    assertTrue(tasks.get() < 4 * 64, () -> tasks + " tasks of a millisecond before a request that was there");
  }

  /// What was accepted and is not taken up yet is counted nowhere: it stays in the kernel's queue.
  @Test
  void noMoreIsAcceptedThanAnEventLoopTakesUp() throws Exception {
    stands = new CountDownLatch(1);
    mayGoOn = new CountDownLatch(1);
    onOneLoop(config(2_000, 40, 64 * MIB, 64 * MIB), exchange -> {
      if (exchange.target().equals("/wait")) {
        stands.countDown();
        await(mayGoOn);
      }
      exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    }, () -> {
      RawClient waiting = lame("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      stands.await();
      SingleThreadEventExecutor loop = (SingleThreadEventExecutor) theOne.group().next();
      for (int i = 0; i < 1_000; i++) { // as many as the kernel keeps
        lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      }
      EventLoop acceptor = (EventLoop) theOne.acceptors().next();
      for (int i = 0; i < 200; i++) { // turns in which it would accept some more
        acceptor.submit(() -> {}).sync();
      }
      int tasks = loop.pendingTasks();
      mayGoOn.countDown();
      assertTrue(tasks > 500 && tasks < 600, () -> tasks + " wait before it");
      assertEquals(204, waiting.answer().status());
      for (RawClient client : lame.subList(1, 1_001)) { // and all are served
        assertEquals(204, client.answer().status());
      }
    });
  }

  private static void goOn(EventLoop loop, AtomicInteger tasks, AtomicBoolean served) {
    loop.execute(() -> {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)); // what it costs
      if (tasks.incrementAndGet() < 2_000 && !served.get()) {
        goOn(loop, tasks, served);
      }
    });
  }

  private interface Steps {
    void take() throws Exception;
  }

  /// Which loop a new connection comes to, the kernel and Netty decide; where that matters there is one.
  private void onOneLoop(HttpServerConfig config, HttpHandler handler, Steps steps) throws Exception {
    try (EventLoops one = EventLoops.start(1)) {
      theOne = one;
      server = HttpServer.start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler, one);
      try {
        steps.take();
      } finally {
        hangUp();
        server.stop(Duration.ofSeconds(5));
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Whichever event loop stands, those that come are taken off the kernel's queue, and the other loop serves its half.
  @Test
  void newConnectionsAreAcceptedWhileAnEventLoopStands() throws Exception {
    serve(config(1_000, 40, 64 * MIB, 64 * MIB), exchange -> {
      if (exchange.target().equals("/wait")) {
        stands.countDown();
        await(mayGoOn);
      }
      exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    }).close();
    for (int loop = 0; loop < 2; loop++) {
      stands = new CountDownLatch(1);
      mayGoOn = new CountDownLatch(1);
      lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer();
      RawClient waiting = lame("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
      stands.await();
      CompletableFuture<?> first = new CompletableFuture<>();
      for (int i = 0; i < 2; i++) {
        RawClient client = lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        Thread.startVirtualThread(() -> {
          try {
            client.answer();
            first.complete(null);
          } catch (IOException e) {
            first.completeExceptionally(e);
          }
        });
      }
      try {
        first.get(20, TimeUnit.SECONDS);
      } finally {
        mayGoOn.countDown();
      }
      waiting.answer();
      lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer(); // an odd number a round: the other loop is next
    }
  }

  @Test
  void answersThatNobodyTakesAreCountedHoweverSmall() throws IOException {
    int answerBytes = 12 << 10;
    serve(config(1_000, 400, 8 * MIB, 64 * MIB), exchange -> {
      String user = exchange.headers().get("x-user");
      if (user != null) {
        exchange.belongsTo(user);
      }
      ByteBuf content = loops.allocator().directBuffer(answerBytes).writeZero(answerBytes);
      exchange.respond(404, new DefaultHttpHeaders(), content);
    }).close();
    for (int i = 0; i < 60; i++) {
      RawClient client = RawClient.ofLittleRoom(server.localAddress());
      lame.add(client);
      client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n".repeat(200)); // 2.4 MB
    }
    Account strangers = server.ledger().strangers();
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    long most = 0;
    while (server.refused(HttpServer.Refused.IDLE) == 0) {
      most = Math.max(most, strangers.held(Ledger.Kept.BUFFERS));
      long pinned = ((PooledByteBufAllocator) loops.allocator()).pinnedDirectMemory();
      assertTrue(pinned < 6 * MIB, () -> pinned + " bytes of direct memory for strangers who may have 2 MiB");
      assertTrue(System.nanoTime() < deadline, () -> "nobody had to go, and "
          + strangers.held(Ledger.Kept.BUFFERS) + " bytes are counted");
    }
    assertTrue(most <= 4 * MIB, "what they may have, and an answer and a read for each, but not " + most);
    assertEquals(404, ask("POST / HTTP/1.1\r\nHost: h\r\nx-user: ann\r\nContent-Length: 0").status());
  }

  /// Others of them have all that strangers may have. The next requests lie in a buffer of 8 KiB each, for an answer
  /// each of which there may be room.
  @Test
  void requestsBehindAnswersThatNobodyTakesHaveABound() throws Exception {
    int answerBytes = 12 << 10;
    serve(config(1_000, 400, 8 * MIB, 64 * MIB), exchange -> exchange.respond(404, new DefaultHttpHeaders(),
        loops.allocator().directBuffer(answerBytes).writeZero(answerBytes))).close();
    Account strangers = server.ledger().strangers();
    try (Claim others = new Claim(server.newHolding(), Claims.Kind.BUFFERS)) {
      others.grow(2 * MIB);
      for (int i = 0; i < 200; i++) {
        RawClient client = RawClient.ofLittleRoom(server.localAddress());
        lame.add(client);
        client.send(EMPTY_POST.repeat(165)); // 8 KB, for 2 MB
        assertTrue(strangers.held(Ledger.Kept.BUFFERS) <= 2 * MIB / 8 * 9 + (i + 3) * 13L * (1 << 10),
            "an eighth more than they may have, and an answer for each");
      }
      awaitRefused();
    }
  }

  /// A second request waits for the first one's answer, and more behind it.
  @Test
  void requestsBehindOneThatTakesItsTimeHaveABound() throws Exception {
    int clients = 400;
    CountDownLatch goOn = new CountDownLatch(1);
    serve(config(1_000, 4_000, 8 * MIB, 64 * MIB), exchange -> exchange.fork(() -> {
      goOn.await();
      exchange.respond(204, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    })).close();
    Account strangers = server.ledger().strangers();
    for (int i = 0; i < clients; i++) {
      lame(EMPTY_POST.repeat(165));
    }
    awaitForks(clients);
    long kept = strangers.held(Ledger.Kept.BUFFERS);
    goOn.countDown();
    int last = 0;
    for (RawClient client : lame) {
      RawClient.Answer answer = client.answer(); // to the first there is one in any case
      assertEquals(204, answer.status());
      last += "close".equals(answer.headers().get("connection")) ? 1 : 0;
    }
    assertTrue(kept <= 2 * MIB / 8 * 9, kept + " bytes: an eighth more than they may have");
    assertTrue(last > 0 && last < clients, last + " were told that it is the last");
  }

  private void awaitRefused() {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (server.refused(HttpServer.Refused.SHARE) == 0) {
      assertTrue(System.nanoTime() < deadline, "nobody was refused");
      Thread.onSpinWait();
    }
  }

  /// Who goes on sending is answered on as soon as he takes what he was answered, and gets all of it.
  @Test
  void whoTakesHisAnswersAtLastGetsTheOthers() throws Exception {
    int answerBytes = 12 << 10;
    serve(config(1_000, 400, 8 * MIB, 64 * MIB), exchange -> exchange.respond(200, new DefaultHttpHeaders(),
        Unpooled.directBuffer(answerBytes).writeZero(answerBytes))).close();
    try (Claim others = new Claim(server.newHolding(), Claims.Kind.BUFFERS)) {
      others.grow(2 * MIB - (64 << 10));
      RawClient client = lame("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n".repeat(500));
      for (int i = 0; i < 500; i++) {
        assertEquals(answerBytes, client.answer().body().length);
      }
    }
  }

  /// Letter by letter, from many at once: none of them is ever idle.
  @Test
  void requestsThatTrickleGoBeforeThoseThatAreWhole() throws Exception {
    try (RawClient first = serve(config(20, 400, 4 * MIB, 64 * MIB), StrangersTest::gather)) {
      assertEquals(200, first.get("/").status());
    }
    awaitConnections(0);
    List<RawClient> heads = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      heads.add(lame("GET / HTTP/1.1\r\nx-long: "));
      heads.add(lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n"));
    }
    awaitConnections(20);
    AtomicBoolean served = new AtomicBoolean();
    Thread letters = Thread.startVirtualThread(() -> {
      while (!served.get()) {
        heads.forEach(StrangersTest::sendLetter);
        LockSupport.parkNanos(LETTER_NANOS);
      }
    });
    awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
    served.set(true);
    letters.join();
    assertTrue(server.refused(HttpServer.Refused.IDLE) > 0);
  }

  /// A refused body that comes letter by letter is dropped for half a minute, and keeps no place that long.
  @Test
  void bodiesThatNobodyWantsGoWhenTheyTrickle() throws Exception {
    try (RawClient first = serve(config(20, 400, 4 * MIB, 64 * MIB),
        exchange -> exchange.respond(exchange.headers().contains("x-user") ? 200 : 404, new DefaultHttpHeaders(),
            Unpooled.EMPTY_BUFFER))) {
      assertEquals(404, first.get("/").status());
    }
    awaitConnections(0);
    List<RawClient> bodies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      bodies.add(lame("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n"));
      assertEquals(404, bodies.getLast().answer().status());
    }
    AtomicBoolean served = new AtomicBoolean();
    Thread letters = Thread.startVirtualThread(() -> {
      while (!served.get()) {
        bodies.forEach(StrangersTest::sendLetter);
        LockSupport.parkNanos(LETTER_NANOS);
      }
    });
    awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
    served.set(true);
    letters.join();
  }

  /// Each of them asks again before it counts as idle for a second, and all of the strangers' heap is theirs. On one
  /// event loop: nobody makes room there but the one who needs it.
  @Test
  void whoAsksNowAndThenMakesRoomForNewConnections() throws Exception {
    onOneLoop(config(1_000, 400, 4 * MIB, MIB / 4),
        exchange -> exchange.respond(200, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER), () -> {
          List<RawClient> askers = new ArrayList<>();
          for (RawClient asker = asker(); asker.answer().status() == 200; asker = asker()) {
            askers.add(asker);
          }
          AtomicBoolean served = new AtomicBoolean();
          Thread again = Thread.startVirtualThread(() -> {
            while (!served.get()) {
              askers.forEach(StrangersTest::askAgain);
              LockSupport.parkNanos(ASK_NANOS);
            }
          });
          try {
            awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
          } finally {
            served.set(true);
            again.join();
          }
          assertTrue(server.refused(HttpServer.Refused.IDLE) > 0);
        });
  }

  private RawClient asker() throws IOException {
    return lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  private static void askAgain(RawClient client) {
    try {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer();
    } catch (IOException _) {
      return; // this one has gone, and the others go on
    }
  }

  /// He comes as a stranger each time, and asks before he counts as idle.
  @Test
  void oneUserDoesNotTakeAllConnections() throws Exception {
    serve(config(20, 400, 4 * MIB, 64 * MIB), StrangersTest::gather).close();
    awaitConnections(0);
    for (int i = 0; i < 20; i++) {
      RawClient.Answer answer = lame("GET / HTTP/1.1\r\nHost: h\r\nx-user: eve\r\n\r\n").answer();
      assertEquals(200, answer.status());
      boolean isLast = "close".equals(answer.headers().get("connection"));
      assertEquals(i >= 18, isLast, "an eighth is for others, and what was asked is answered: connection " + i);
      if (isLast) {
        assertTrue(lame.getLast().isEnded());
        lame.getLast().close();
        awaitConnections(18);
      }
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
  }

  /// Nor by the heap that connections are counted with.
  @Test
  void oneUserDoesNotTakeAllHeapOfConnections() throws Exception {
    serve(config(1_000, 400, 4 * MIB, MIB / 4), exchange -> {
      exchange.belongsTo("eve");
      exchange.respond(200, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
    }).close();
    awaitConnections(0);
    for (int i = 0; i < 120; i++) {
      RawClient.Answer answer = lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer();
      boolean isLast = "close".equals(answer.headers().get("connection"));
      assertEquals(i >= 112, isLast, "seven eighths of 256 KiB at 2 KiB each: connection " + i);
      if (isLast) {
        assertTrue(lame.getLast().isEnded());
        lame.getLast().close();
        awaitConnections(112);
      }
    }
  }

  /// Bodies that never come: there is a fork for each, but not for the one that would have an eighth of the others'
  /// places. It is told so, and does not keep its place for the seconds in which it could still send the rest.
  @Test
  void oneUsersBodiesTakeNotAllConnections() throws Exception {
    serve(config(20, 400, 4 * MIB, 64 * MIB), StrangersTest::gather).close();
    awaitConnections(0);
    for (int i = 0; i < 20; i++) {
      RawClient client = lame("PUT / HTTP/1.1\r\nHost: h\r\nx-user: eve\r\nContent-Length: 1000000\r\n\r\n");
      if (i < 18) {
        awaitForks(i + 1);
      } else {
        RawClient.Answer answer = client.answer();
        assertEquals(503, answer.status());
        assertEquals("close", answer.headers().get("connection"));
      }
    }
    assertEquals(18, server.forks());
    awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
    assertTrue(server.refused(HttpServer.Refused.IDLE) > 0, "she waited until they had no more time to send the rest");
    assertEquals(18, server.ledger().user("eve").held(Ledger.Kept.FORKS), "whom it is not the fault of");
  }

  private void awaitForks(int count) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (server.forks() != count) {
      assertTrue(System.nanoTime() < deadline, () -> server.forks() + " forks instead of " + count);
      Thread.onSpinWait();
    }
  }

  private static void sendLetter(RawClient client) {
    try {
      client.send("a");
    } catch (IOException _) {
      return; // this one has gone, and the others go on
    }
  }

  /// A user is a stranger until his first request is here, and strangers keep all that they may.
  @Test
  void theLastOfStrangersHeapIsForNewConnections() throws Exception {
    serve(config(1_000, 400, 4 * MIB, MIB), StrangersTest::gather).close();
    Holding strangers = server.newHolding();
    long all = 0;
    for (; strangers.tryTake(Ledger.Kept.HEAP, 1 << 10); all += 1 << 10) {
      assertTrue(all < MIB);
    }
    assertEquals(200, ask("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann").status());
    assertEquals(503, ask("GET / HTTP/1.1\r\nHost: h").status()); // for a fork there is no room
    strangers.giveBack(Claims.Kind.HEAP, all);
  }

  @Test
  void theHeapOfConnectionsHasABound() throws IOException {
    serve(config(1_000, 400, 4 * MIB, MIB), StrangersTest::gather).close();
    for (int i = 0; i < 200; i++) {
      lame("GET / HTTP/1.1\r\n");
    }
    int open = server.connections();
    assertTrue(open <= 146,
        "a quarter of 1 MiB at 2 KiB each, an eighth more, and one being refused for each loop: " + open);
    awaitServed("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann");
    awaitServed("GET / HTTP/1.1\r\nHost: h");
  }

  @Test
  void theOldestIdleConnectionMakesRoomForANewOne() throws Exception {
    onOneLoop(config(20, 400, 4 * MIB, 64 * MIB), StrangersTest::gather, () -> {
      for (int i = 0; i < 20; i++) {
        assertEquals(200, lame("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer().status());
      }
      awaitServed("GET / HTTP/1.1\r\nHost: h");
      assertTrue(lame.getFirst().isEnded());
    });
  }

  @Test
  void aUsersConnectionOutlivesStrangersWhenThereAreTooMany() throws IOException {
    try (RawClient user = serve(config(20, 400, 4 * MIB, 64 * MIB), StrangersTest::gather)) {
      assertEquals(200, user.send("GET / HTTP/1.1\r\nHost: h\r\nx-user: ann\r\n\r\n").answer().status());
      for (int i = 0; i < 19; i++) {
        lame("GET / HT");
      }
      awaitServed("GET / HTTP/1.1\r\nHost: h");
      assertEquals(200, user.get("/").status());
    }
  }
}
