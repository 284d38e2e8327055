package hayloft.common.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What two parsers could understand differently is answered with a refusal and the end of the connection.
@Timeout(30)
final class RequestSmugglingTest {

  private static final AtomicInteger HANDLED = new AtomicInteger();
  private static EventLoops loops;
  private static HttpServer server;

  @BeforeAll
  static void start() throws IOException {
    loops = EventLoops.start(1);
    server = HttpServer.start(HttpServerConfig.DEFAULTS, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        new HttpHandler() {
          @Override
          public void handle(HttpExchange exchange) {
            HANDLED.incrementAndGet();
            exchange.fork(() -> {
              while (true) {
                var piece = exchange.body().next();
                if (piece == null) {
                  break;
                }
                piece.release();
              }
              exchange.respond(200, EmptyHttpHeaders.INSTANCE, Unpooled.EMPTY_BUFFER);
            });
          }

          @Override
          public Refusal refusal(int status, String target) {
            return Refusal.text("no request");
          }
        }, loops);
  }

  @AfterAll
  static void stop() {
    server.stop(Duration.ofSeconds(1));
    loops.close();
  }

  /// `|` stands for CRLF.
  @ParameterizedTest
  @CsvSource(delimiter = '@', textBlock = """
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 5|Transfer-Encoding: chunked||0||
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 5|Content-Length: 6||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 5|Content-Length: 5||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 5, 5||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: +5||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: -5||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 0x5||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length:||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length: 99999999999999999999||hello
      400 @ POST / HTTP/1.1|Host: h|Content-Length : 5||hello
      400 @ POST / HTTP/1.1|Host: h|Transfer-Encoding : chunked||0||
      501 @ POST / HTTP/1.1|Host: h|Transfer-Encoding: gzip, chunked||0||
      501 @ POST / HTTP/1.1|Host: h|Transfer-Encoding: xchunked||0||
      501 @ POST / HTTP/1.1|Host: h|Transfer-Encoding: identity||
      400 @ POST / HTTP/1.1|Host: h|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||
      400 @ POST / HTTP/1.0|Host: h|Transfer-Encoding: chunked||0||
      400 @ GET / HTTP/1.1|Host: h|X-A: 1| folded: 2||
      400 @ GET / HTTP/1.1|Host: h| Content-Length: 5||hello
      400 @ GET / HTTP/1.1| Host: h||
      400 @ GET / HTTP/1.1|Host: h|No colon here||
      400 @ GET / HTTP/1.1|Host: h|: no name||
      400 @ GET / HTTP/1.1|Host: h|N(me: 1||
      400 @ GET / HTTP/1.1||
      400 @ GET / HTTP/1.1|Host: h|Host: other||
      400 @ GET  / HTTP/1.1|Host: h||
      400 @ GET /a b HTTP/1.1|Host: h||
      400 @ GET / HTTP/1.1 |Host: h||
      400 @ GET /|Host: h||
      505 @ GET / HTTP/2.0|Host: h||
      400 @ GET / HTTP/1.|Host: h||
      400 @ GET / http/1.1|Host: h||
      400 @ G<T / HTTP/1.1|Host: h||
      400 @ GET path HTTP/1.1|Host: h||
      """)
  void aDoubtfulHeadIsRefused(int status, String request) throws IOException {
    int before = HANDLED.get();
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(request.replace("|", "\r\n"));
      assertEquals(status, client.answer().status(), request);
      assertTrue(client.isEnded());
    }
    assertEquals(before, HANDLED.get());
  }

  @Test
  void controlCharactersAndBareLineEndsAreRefused() throws IOException {
    for (String request : new String[]{"GET / HTTP/1.1\nHost: h\n\n", "GET / HTTP/1.1\r\nHost: h\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nX\0: a\r\n\r\n", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /\t HTTP/1.1\r\nHost: h\r\n\r\n", "GET /\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n",
        "\r\r\nGET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\u007f\r\n\r\n"}) {
      try (RawClient client = new RawClient(server.localAddress())) {
        client.send(request);
        assertEquals(400, client.answer().status(), request);
        assertTrue(client.isEnded());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '@', textBlock = """
      5|hello0||
      5|hell|0||
      x|hello|0||
      -5|hello|0||
      0x5|hello|0||
      5 |hello|0||
      5 \t|hello|0||
      5 5|hello|0||
      5 ,a=b|hello|0||
      5\u000b;a=b|hello|0||
      5 \u00a0;a=b|hello|0||
      ' 5|hello|0||'
      |hello|0||
      fffffffffffffffff|hello|0||
      5;a\u0001b|hello|0||
      5|hello|0| folded: trailer||
      5|hello|0|no colon||
      5|hello|0|na me: trailer||
      5|hello|0|na;me: trailer||
      5|hello|0|: no name||
      5|hello|0|x-amz-checksum-crc32: AAAAAA==||
      5|hello|0|X-AMZ-Checksum-Whatever-Comes:||
      5|hello|0|x: y|x-amz-checksum-sha256:x||
      5|hello|0|X-Amz-Trailer-Signature: 00||
      5|hello|0|Content-MD5: XUFAKrxLKna5cZ2REBfFkg==||
      """)
  void badChunkFramingIsAnsweredAndEndsTheConnection(String body) throws IOException {
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + body.replace("|", "\r\n"));
      assertEquals(400, client.answer().status(), body);
      assertTrue(client.isEnded(), body);
    }
  }

  @Test
  void trailersThatClaimNothingOfTheBodyAreDropped() throws IOException {
    try (RawClient client = new RawClient(server.localAddress())) {
      for (String trailer : List.of("x-amz-checksum: a", "x-amz-checksumx-: a", "x-amz-trailer-signatures: a",
          "x-amz-trailer-signatur: a", "content-md: a", "xx-amz-checksum-crc32: a", "x: x-amz-checksum-crc32: a",
          "x-amz-trailer: x-amz-checksum-crc32", "a: b\r\nc: d\r\ne: f")) {
        client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n" + trailer
            + "\r\n\r\n");
        assertEquals(200, client.answer().status(), trailer);
      }
    }
  }

  /// Somebody who sent HEAD reads no body, and would take it for another answer.
  @ParameterizedTest
  @ValueSource(strings = {"HEAD / HTTP/2.0\r\nHost: h\r\n\r\n",
      "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n",
      "HEAD / HTTP/1.1\nHost: h\n\n", "HEAD / HTTP/1.1\r\n\r\n",
      "\r\nHEAD / HTTP/2.0\r\nHost: h\r\n\r\n", "\r\n\r\n\r\nHEAD / HTTP/1.1\r\nHost: h\r\nx: \u000e\r\n\r\n"})
  void aMalformedHeadRequestIsAnsweredWithoutABody(String request) throws IOException {
    try (RawClient client = new RawClient(server.localAddress())) {
      client.send(request);
      assertTrue(client.answer(false).status() >= 400, request);
      assertTrue(client.isEnded(), request);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEADS / HTTP/2.0\r\nHost: h\r\n\r\n", "HEAD\0/ HTTP/1.1\r\nHost: h\r\n\r\n",
      "HEAD\t/ HTTP/1.1\r\nHost: h\r\n\r\n"})
  void whatOnlyLooksLikeAHeadRequestIsAnsweredWithABody(String request) throws IOException {
    try (RawClient client = new RawClient(server.localAddress())) {
      assertEquals("no request", new String(client.send(request).answer().body(), US_ASCII), request);
    }
  }

  @Test
  void longHeadsAreRefused() throws IOException {
    HttpServerConfig limits = HttpServerConfig.DEFAULTS;
    try (RawClient line = new RawClient(server.localAddress());
        RawClient fields = new RawClient(server.localAddress());
        RawClient many = new RawClient(server.localAddress());
        RawClient endless = new RawClient(server.localAddress())) {
      line.send("GET /" + "a".repeat(limits.maxInitialLineBytes()) + " HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(414, line.answer().status());
      fields.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(limits.maxHeaderBytes()) + "\r\n\r\n");
      assertEquals(431, fields.answer().status());
      many.send("GET / HTTP/1.1\r\nHost: h\r\n" + "a: 1\r\n".repeat(300) + "\r\n");
      assertEquals(431, many.answer().status());
      endless.send("GET /" + "a".repeat(limits.maxInitialLineBytes()));
      assertEquals(414, endless.answer().status());
    }
  }

  @Test
  void anEmptyLineBeforeARequestMayComeInHalves() throws IOException {
    try (RawClient client = new RawClient(server.localAddress())) {
      assertEquals(200, client.get("/").status());
      client.send("\r");
      client.send("\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(200, client.answer().status());
    }
  }

  @Test
  void whatIsOnlyUnusualIsUnderstood() throws IOException {
    for (String request : new String[]{"\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nhOsT:h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: \t h \t\r\nX-Empty:\r\n\r\n", "GET http://other:80/path?q HTTP/1.1\r\nHost: h\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\nX-Latin: \u00e9\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n0000;a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5 ;a=b\r\nhello\r\n0 \t ; a = b\r\n\r\n"}) {
      try (RawClient client = new RawClient(server.localAddress())) {
        assertEquals(200, client.send(request).answer().status(), request);
        assertEquals(200, client.get("/next").status());
      }
    }
  }
}
