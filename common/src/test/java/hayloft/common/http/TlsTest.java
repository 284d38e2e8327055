package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hayloft.common.http.RawClient.Answer;
import hayloft.common.tls.ClientTls;
import hayloft.common.tls.MadeCertificate;
import hayloft.common.tls.ServerTls;
import hayloft.common.tls.TlsProvider;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The same server, encrypted; the client is the JDK's.
@Timeout(60)
final class TlsTest extends HttpServerFixture {

  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int MIB = 1 << 20;
  /// A ClientHello's first bytes: a record of 512 bytes, of which none comes.
  private static final byte[] RECORD_HEAD = {22, 3, 1, 2, 0};

  private static MadeCertificate barn;
  private ServerTls tls;

  @BeforeAll
  static void makeCertificate() {
    barn = MadeCertificate.ec("barn");
  }

  @AfterEach
  void closeTls() {
    tls.close();
  }

  private static HttpServerConfig config(int connections, Duration head, Duration body) {
    return new HttpServerConfig(connections, 50, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, head, body,
        LONG);
  }

  private void serve(TlsProvider provider, HttpServerConfig config, HttpHandler handler) throws IOException {
    tls = ServerTls.start(barn.certified(), provider);
    server = HttpServer.start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler, loops,
        Optional.of(tls));
  }

  private void serve(HttpHandler handler) throws IOException {
    serve(TlsProvider.best(), config(100, LONG, LONG), handler);
  }

  private SSLSocket encrypted(MadeCertificate trusted) throws IOException {
    var socket = (SSLSocket) ClientTls.trusting(List.of(trusted.certificate())).context().getSocketFactory()
        .createSocket("127.0.0.1", server.localAddress().getPort());
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[]{"h2", "http/1.1"});
    socket.setSSLParameters(parameters);
    return socket;
  }

  private RawClient client() throws IOException {
    return new RawClient(encrypted(barn));
  }

  private static X509Certificate shown(RawClient client) throws IOException {
    return (X509Certificate) ((SSLSocket) client.socket()).getSession().getPeerCertificates()[0];
  }

  private static void hello(HttpExchange exchange) {
    if (exchange.target().equals("/session")) {
      exchange.respond(200, Replies.headers(),
          text(exchange.tlsSession().map(session -> session.version() + " " + session.cipherSuite()).orElse("none")));
      return;
    }
    exchange.respond(200, Replies.headers(), text(exchange.isTls() ? "safely " : "openly "));
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource
  void bothVersionsAndNothingOlderAreSpoken(TlsProvider provider) throws IOException {
    assumeTrue(provider == TlsProvider.JDK || TlsProvider.best() == provider, provider.detail());
    serve(provider, config(100, LONG, LONG), TlsTest::hello);
    for (String version : List.of("TLSv1.3", "TLSv1.2")) {
      SSLSocket socket = encrypted(barn);
      socket.setEnabledProtocols(new String[]{version});
      try (RawClient client = new RawClient(socket)) {
        assertEquals("safely ", client.get("/").text());
        assertEquals("safely ", client.get("/again").text());
        assertEquals(version, socket.getSession().getProtocol());
        assertEquals("http/1.1", socket.getApplicationProtocol());
        String suite = socket.getSession().getCipherSuite(); // AES-GCM by either side's taste
        assertTrue(suite.matches("TLS_AES_\\d+_GCM_SHA\\d+|TLS_ECDHE_ECDSA_WITH_AES_\\d+_GCM_SHA\\d+"), suite);
        String agreed = version.equals("TLSv1.3")
            ? suite
            : suite.replace("TLS_ECDHE_ECDSA_WITH_AES_", "ECDHE-ECDSA-AES").replace('_', '-');
        assertEquals(version + " " + agreed, client.get("/session").text());
      }
    }
    SSLSocket old = encrypted(barn);
    old.setEnabledProtocols(new String[]{"TLSv1.2"});
    old.setEnabledCipherSuites(new String[]{"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"});
    assertThrows(SSLException.class, old::startHandshake, "a suite without authenticated encryption");
    old.close();
  }

  /// With the JDK's TLS 1.3. To BoringSSL, and in TLS 1.2, the end of one side is the end of both.
  @ParameterizedTest
  @EnumSource
  void aClientThatEndsItsSideBehindItsRequestIsAnsweredOrSeesTheEnd(TlsProvider provider) throws IOException {
    assumeTrue(provider == TlsProvider.JDK || TlsProvider.best() == provider, provider.detail());
    serve(provider, config(100, LONG, LONG), exchange -> exchange.fork(() -> hello(exchange)));
    SSLSocket socket = encrypted(barn);
    socket.setEnabledProtocols(new String[]{"TLSv1.3"});
    try (RawClient client = new RawClient(socket)) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      socket.shutdownOutput();
      if (provider == TlsProvider.JDK) {
        assertEquals("safely ", client.answer().text());
        assertTrue(client.isEnded());
      } else { // the answer may have been faster
        socket.getInputStream().readAllBytes();
      }
    }
    try (RawClient within = client()) {
      within.send("GET / HTTP/1.1\r\nHo").socket().shutdownOutput();
      assertTrue(within.isEnded());
    }
  }

  /// By hand, because Java's own client will not say it: a ClientHello of TLS 1.1 is answered with a fatal alert,
  /// protocol_version.
  @ParameterizedTest
  @EnumSource
  void aClientThatKnowsOnlyTls11IsToldSo(TlsProvider provider) throws IOException {
    assumeTrue(provider == TlsProvider.JDK || TlsProvider.best() == provider, provider.detail());
    serve(provider, config(100, LONG, LONG), TlsTest::hello);
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(clientHello(2));
      byte[] alert = client.in().readNBytes(7);
      assertEquals(21, alert[0], "an alert");
      assertEquals(2, alert[5], "fatal");
      assertEquals(70, alert[6], "protocol_version");
      assertTrue(client.isEnded());
    }
  }

  /// [RFC 4346](https://www.rfc-editor.org/rfc/rfc4346) section 7.4.1.2, with one suite and no extensions.
  private static byte[] clientHello(int minor) {
    byte[] random = new byte[32];
    new Random(7).nextBytes(random);
    ByteBuf hello = Unpooled.buffer();
    hello.writeByte(3).writeByte(minor).writeBytes(random).writeByte(0).writeShort(2).writeShort(0xc009).writeByte(1)
        .writeByte(0);
    ByteBuf record = Unpooled.buffer();
    record.writeByte(22).writeByte(3).writeByte(1).writeShort(hello.readableBytes() + 4).writeByte(1)
        .writeMedium(hello.readableBytes()).writeBytes(hello);
    byte[] bytes = new byte[record.readableBytes()];
    record.readBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void bodiesOfAllSizesGoBothWays(TlsProvider provider) throws IOException {
    assumeTrue(provider == TlsProvider.JDK || TlsProvider.best() == provider, provider.detail());
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    serve(provider, config(100, LONG, LONG), exchange -> exchange.fork(() -> echo(exchange)));
    var random = new Random(seed);
    try (RawClient client = client()) {
      for (int size : new int[]{0, 1, 16_383, 16_384, 16_385, 65_536, 65_537, 3 * MIB + random.nextInt(MIB)}) {
        byte[] body = new byte[size];
        random.nextBytes(body);
        for (String answer : List.of("/whole", "/pieces", "/chunked")) {
          client.send("PUT " + answer + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n").send(body);
          assertArrayEquals(body, client.answer().body(), answer + " of " + size + " bytes, seed " + seed);
        }
      }
    }
  }

  private static void echo(HttpExchange exchange) throws IOException {
    ByteBuf all = Unpooled.buffer();
    ByteBuf piece;
    while ((piece = exchange.body().next()) != null) {
      all.writeBytes(piece);
      piece.release();
    }
    HttpHeaders headers = Replies.headers();
    if (exchange.target().equals("/whole")) {
      exchange.respond(200, headers, all);
      return;
    }
    ResponseBody answer = exchange.respondInPieces(200, headers,
        exchange.target().equals("/chunked") ? -1 : all.readableBytes());
    while (all.isReadable()) {
      answer.write(all.readRetainedSlice(Math.min(all.readableBytes(), 256 << 10)));
    }
    all.release();
    answer.end();
  }

  /// A reader that takes nothing for a while holds the answer up; what waits for it stays within the window.
  @Test
  void aSlowReaderIsWaitedForWithinTheWindow() throws IOException {
    int pieces = 64; // more than all sockets' buffers on the way hold
    int pieceBytes = 256 << 10;
    serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, Replies.headers(), (long) pieces * pieceBytes);
      for (int i = 0; i < pieces; i++) {
        body.write(loops.allocator().directBuffer(pieceBytes).writeZero(pieceBytes));
        assertTrue(server.bufferedBytes().get() <= 2 * pieceBytes,
            "bytes under way: " + server.bufferedBytes().get());
      }
      body.end();
    }));
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      while (server.bufferedBytes().get() < 2 * pieceBytes) {
        Thread.onSpinWait();
      }
      assertEquals(pieces * pieceBytes, client.answer().body().length);
    }
  }

  @Test
  void anUploadThatNobodyTakesIsNotReadOn() throws Exception {
    var taken = new CountDownLatch(1);
    serve(exchange -> exchange.fork(() -> {
      taken.await();
      echo(exchange);
    }));
    try (RawClient client = client()) {
      int size = 32 * MIB;
      client.send("PUT /whole HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\n\r\n");
      Thread sender = Thread.startVirtualThread(() -> {
        try {
          client.send(new byte[size]);
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      });
      while (server.bufferedBytes().get() < 256 << 10) {
        Thread.onSpinWait();
      }
      assertFalse(sender.join(SHORT), "32 MiB went somewhere");
      assertTrue(server.bufferedBytes().get() < 2 * MIB, "read ahead: " + server.bufferedBytes().get());
      taken.countDown();
      assertEquals(size, client.answer().body().length);
    }
  }

  @Test
  void aHandshakeThatTakesTooLongIsCut() throws IOException {
    serve(TlsProvider.best(), config(100, SHORT, LONG), TlsTest::hello);
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(RECORD_HEAD);
      assertTrue(client.isEnded());
    }
    while (server.refused(HttpServer.Refused.SLOW_HANDSHAKE) == 0) { // counted after it was closed
      Thread.onSpinWait();
    }
  }

  /// However long a head may take.
  @Test
  void aHandshakeMayTakeTenSecondsAtMost() throws IOException {
    serve(TlsProvider.best(), config(100, LONG, LONG), TlsTest::hello);
    long start = System.nanoTime();
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(RECORD_HEAD);
      client.send(new byte[1]); // one that goes on
      while (server.refused(HttpServer.Refused.SLOW_HANDSHAKE) == 0) { // a client's own patience is as long
        Thread.onSpinWait();
      }
      assertTrue(client.isEnded());
    }
    assertTrue(System.nanoTime() - start < LONG.toNanos());
  }

  @Test
  void whoIsInTheMiddleOfAHandshakeGoesForOthersAsTheIdleDo() throws IOException {
    serve(TlsProvider.best(), config(1, LONG, LONG), TlsTest::hello);
    try (RawClient half = new RawClient(server.localAddress())) {
      half.send(RECORD_HEAD);
      while (server.connections() < 1) { // else the other may be the first
        Thread.onSpinWait();
      }
      int status = 503;
      while (status == 503) { // until it has been silent for long enough
        try (RawClient client = client()) {
          status = client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").answer().status();
        }
      }
      assertEquals(200, status);
      assertTrue(half.isEnded());
    }
    while (server.refused(HttpServer.Refused.IDLE) == 0) { // counted after it was closed
      Thread.onSpinWait();
    }
  }

  @Test
  void handshakesUnderWayCountAsConnections() throws IOException {
    serve(TlsProvider.best(), config(1, LONG, LONG), TlsTest::hello);
    SSLSocketFactory clients = ClientTls.trusting(List.of(barn.certificate())).context().getSocketFactory();
    try (RawClient half = new RawClient(server.localAddress())) {
      half.send(RECORD_HEAD);
      while (server.connections() < 1) {
        Thread.onSpinWait();
      }
      Socket next = new Socket("127.0.0.1", server.localAddress().getPort()); // before the other is silent for long
      try (RawClient client = new RawClient(clients.createSocket(next, "127.0.0.1", next.getPort(), true))) {
        assertEquals(503, client.answer().status());
      }
      assertTrue(server.connections() <= 1);
    }
  }

  @Test
  void plainTextOnAPortWithTlsIsToldSo() throws IOException {
    serve(TlsTest::hello);
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + 4 * MIB + "\r\n\r\n").send(new byte[4 * MIB]);
      Answer answer = client.answer();
      assertEquals(400, answer.status());
      assertEquals("this port speaks TLS: use https instead of http\n", answer.text());
      assertEquals("close", answer.headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  @Test
  void tlsOnAPortWithoutIsToldSo() throws IOException {
    tls = ServerTls.start(barn.certified());
    server = HttpServer.start(config(100, LONG, LONG), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        TlsTest::hello, loops);
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(clientHello(3));
      Answer answer = client.answer();
      assertEquals(400, answer.status());
      assertEquals("this port does not speak TLS: use http instead of https\n", answer.text());
      assertTrue(client.isEnded());
    }
    assertThrows(SSLException.class, this::client, "the JDK's client");
    try (RawClient client = new RawClient(server.localAddress())) {
      assertEquals("openly ", client.get("/").text());
    }
  }

  @Test
  void anotherCertificateIsShownToNewConnectionsAndOldOnesGoOn() throws IOException {
    serve(TlsTest::hello);
    MadeCertificate next = MadeCertificate.rsa("next");
    try (RawClient open = client()) {
      assertEquals(200, open.get("/").status());
      tls.replace(next.certified());
      assertEquals("safely ", open.get("/still").text());
      assertEquals(barn.certificate(), shown(open));
      try (RawClient later = new RawClient(encrypted(next))) {
        assertEquals("safely ", later.get("/").text());
        assertEquals(next.certificate(), shown(later));
      }
      assertThrows(SSLHandshakeException.class, this::client, "who trusts the old one only");
    }
    assertEquals(next.certified(), tls.identity());
  }

  /// The answer to an upload that is refused before its end arrives whole, although the connection ends.
  @Test
  void aRefusedUploadHearsWhy() throws IOException {
    serve(exchange -> exchange.respond(403, Replies.headers(), text("no")));
    try (RawClient client = client()) {
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: " + 8 * MIB + "\r\n\r\n").send(new byte[8 * MIB]);
      Answer answer = client.answer();
      assertEquals(403, answer.status());
      assertEquals("no", answer.text());
      assertEquals("close", answer.headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  /// As without TLS: the client sees the end at once, while the server goes on taking what it still sends for a moment.
  @ParameterizedTest
  @EnumSource
  void theEndIsSeenBeforeTheConnectionIsClosed(TlsProvider provider) throws IOException {
    assumeTrue(provider == TlsProvider.JDK || TlsProvider.best() == provider, provider.detail());
    serve(provider, config(100, LONG, LONG), TlsTest::hello);
    try (RawClient client = client()) {
      client.send("nonsense\r\n\r\n");
      assertEquals(400, client.answer().status());
      assertTrue(client.isEnded());
      assertEquals(1, server.connections());
      for (int i = 0; i < 64; i++) {
        client.send(new byte[64 << 10]);
      }
      assertEquals(1, server.connections());
    }
  }

  @Test
  void aConnectionThatTakesNothingIsClosed() throws Exception {
    var begun = new CountDownLatch(1);
    serve(TlsProvider.best(), config(100, LONG, SHORT), exchange -> exchange.fork(() -> {
      begun.countDown();
      ResponseBody body = exchange.respondInPieces(200, Replies.headers(), 1 << 30);
      while (true) {
        body.write(loops.allocator().directBuffer(256 << 10).writeZero(256 << 10));
      }
    }));
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      begun.await();
      while (server.connections() > 0) {
        Thread.onSpinWait();
      }
      assertThrows(IOException.class, () -> {
        if (client.in().readAllBytes().length < 1 << 30) {
          throw new EOFException();
        }
      });
    }
  }

  @Test
  void aStopEndsIdleAndHalfOpenConnections() throws IOException {
    serve(TlsTest::hello);
    try (RawClient idle = client();
        RawClient half = new RawClient(server.localAddress());
        RawClient silent = new RawClient(server.localAddress())) {
      assertEquals(200, idle.get("/").status());
      half.send(RECORD_HEAD);
      while (server.connections() < 3) {
        Thread.onSpinWait();
      }
      server.stop(Duration.ofSeconds(5));
      assertEquals(0, server.connections());
      assertTrue(idle.isEnded() && half.isEnded() && silent.isEnded());
    }
  }

  /// What a network may do to a connection, byte by byte, ends it and nothing else.
  @Test
  void nonsenseWithinAConnectionEndsIt() throws IOException {
    serve(TlsTest::hello);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    var random = new Random(seed);
    for (int round = 0; round < 50; round++) {
      byte[] noise = new byte[1 + random.nextInt(400)];
      random.nextBytes(noise);
      System.arraycopy(RECORD_HEAD, 0, noise, 0, Math.min(random.nextInt(6), noise.length));
      try (Socket socket = new Socket("127.0.0.1", server.localAddress().getPort())) {
        OutputStream out = socket.getOutputStream();
        out.write(noise);
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      } catch (IOException _) {
        assertNotEquals(0, noise.length); // a reset is an end as well
      }
    }
    try (RawClient client = client()) {
      assertEquals("safely ", client.get("/").text());
    }
  }

  /// A handshake costs more than a connection, and those who are refused stand in no budget.
  @Test
  void ofConnectionsTooManyOnlySomeAreAnswered() throws Exception {
    serve(TlsProvider.best(), config(1, LONG, LONG), TlsTest::hello);
    List<Socket> tooMany = new ArrayList<>();
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawClient first = client()) {
      assertEquals("safely ", first.get("/").text());
      Thread busy = Thread.startVirtualThread(() -> {
        while (goOn.getCount() > 0) { // an idle one would make room
          try {
            first.get("/");
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      });
      int most = 0;
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (tooMany.size() < 3 * Turnstile.MOST || server.turnedAway() > 0) {
        assertTrue(System.nanoTime() < deadline, () -> server.turnedAway() + " are still being refused");
        if (tooMany.size() < 3 * Turnstile.MOST) {
          tooMany.add(new Socket("127.0.0.1", server.localAddress().getPort()));
          tooMany.getLast().getOutputStream().write(RECORD_HEAD);
        }
        most = Math.max(most, server.turnedAway());
      }
      assertTrue(most > 0 && most <= Turnstile.MOST_WITH_TLS, most + " at a time");
      goOn.countDown();
      busy.join();
      assertEquals("safely ", first.get("/").text());
    } finally {
      goOn.countDown();
      for (Socket socket : tooMany) {
        socket.close();
      }
    }
  }
}
