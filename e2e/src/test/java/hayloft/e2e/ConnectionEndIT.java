package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a client sees at the end of a connection to the real process, and what one user's documents cost the others.
@Timeout(120)
class ConnectionEndIT {

  @TempDir
  Path temp;

  @Test
  void aRequestHasOneAnswer() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      for (String target : List.of("/healthz", "/readyz", "/barn/k", "/")) {
        for (String garbage : List.of("-1\r\n", "x\r\n", "GET /b HTTP/1.1\r\nHost: a\r\n\r\n")) {
          try (RawConnection client = new RawConnection(server.endpoint())) {
            client.send("GET " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
            String first = client.some();
            assertTrue(first.startsWith("HTTP/1.1 "), first);
            String rest = client.send(garbage).rest();
            assertFalse((first + rest).indexOf("HTTP/1.1 ", 1) > 0, first + rest);
          }
        }
      }
    }
  }

  @Test
  void sigtermCutsNoAnswer() throws Exception {
    byte[] body = new byte[16 << 20];
    new Random(7).nextBytes(body);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      assertEquals(200, client.put("/barn/k", body).statusCode());
      List<RawConnection> readers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        RawConnection reader = new RawConnection(server.endpoint());
        reader.send(client.head("GET", "/barn/k", Map.of()) + "\r\n");
        assertEquals('H', reader.socket().getInputStream().read());
        readers.add(reader);
      }
      try (Socket idle = new Socket(server.endpoint().getHost(), server.endpoint().getPort())) {
        server.terminate();
        idle.getInputStream().readAllBytes(); // once those that are idle are closed
      }
      for (RawConnection reader : readers) {
        InputStream in = reader.socket().getInputStream();
        StringBuilder head = new StringBuilder("H");
        while (head.indexOf("\r\n\r\n") < 0) {
          head.append((char) in.read());
        }
        assertArrayEquals(body, in.readNBytes(body.length), head.toString());
        reader.close();
      }
      assertEquals(0, server.stop());
    }
  }

  @Test
  void whoEndsItsSideBehindItsRequestIsAnswered() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      for (int size : new int[]{3, 100_000, 6_000_000}) {
        try (RawConnection half = new RawConnection(server.endpoint())) {
          half.send(client.head("PUT", "/barn/k" + size, Map.of()) + "content-length: " + size + "\r\n\r\n")
              .send(new byte[size]).socket().shutdownOutput();
          String answer = half.rest();
          assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
        }
        try (RawConnection half = new RawConnection(server.endpoint())) {
          half.send(client.head("GET", "/barn/k" + size, Map.of()) + "\r\n").socket().shutdownOutput();
          String answer = half.rest();
          assertEquals(size, answer.length() - answer.indexOf("\r\n\r\n") - 4);
        }
        try (RawConnection gone = new RawConnection(server.endpoint())) {
          gone.send(client.head("PUT", "/barn/gone", Map.of()) + "content-length: " + (size + 1) + "\r\n\r\n")
              .send(new byte[size]).socket().shutdownOutput();
          assertEquals("", gone.rest());
        }
      }
      assertEquals(404, client.get("/barn/gone").statusCode());
    }
  }

  @Test
  void anEarlyRefusalOfABodyInChunksArrives() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"));
        RawConnection client = new RawConnection(server.endpoint())) {
      client.send("PUT /barn/k HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 64; i++) {
        client.send("10000\r\n" + "x".repeat(0x10000) + "\r\n");
      }
      String answer = client.send("0\r\n\r\n").rest();
      assertTrue(answer.matches("(?s)HTTP/1.1 40[34] .*"), answer);
      assertTrue(answer.contains("connection: close\r\n"), answer);
    }
  }

  @Test
  void documentsThatAreMadeToCostStopNobody() throws Exception {
    String attributes = IntStream.range(0, 22_000).mapToObj(i -> "xmlns:a" + i + "=\"\"")
        .collect(Collectors.joining(" "));
    byte[] attack = ("<Delete " + attributes + "><Object><Key>k</Key></Object></Delete>").getBytes(UTF_8);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      List<CompletableFuture<HttpResponse<byte[]>>> attacks = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        attacks.add(CompletableFuture.supplyAsync(() -> {
          try {
            return client.send("POST", "/barn", Map.of("delete", ""), attack, "content-md5", S3Requests.md5Of(attack));
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        }));
      }
      long began = System.nanoTime();
      assertEquals(200, client.get("/barn").statusCode());
      for (CompletableFuture<HttpResponse<byte[]>> one : attacks) {
        assertEquals(400, one.get().statusCode());
        assertTrue(new String(one.get().body(), ISO_8859_1).contains("<Code>MalformedXML</Code>"));
      }
      long took = System.nanoTime() - began;
      assertTrue(took < 10_000_000_000L, () -> "took " + took / 1_000_000 + " ms");
    }
  }
}
