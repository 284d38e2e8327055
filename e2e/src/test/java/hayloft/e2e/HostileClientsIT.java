package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Clients that hang up, ask for nonsense, or are very many, against the real process.
@Tag("alone")
@Timeout(180)
class HostileClientsIT {

  private static final int IDLE_CONNECTIONS = 10_000;
  private static final long IDLE_BUDGET_KB = 200_000;
  private static final String LEAK_DETECTION = "-Dio.netty.leakDetection.level=paranoid";

  @TempDir
  Path temp;

  @Test
  void hangingUpLeavesNothingBehind() throws Exception {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    System.out.println("HostileClientsIT seed=" + seed);
    Random random = new Random(seed);
    Pattern pattern = new Pattern(seed);
    long bigBytes = 24 << 20;
    try (ServerProcess server = ServerProcess.startWithin(List.of(), temp.resolve("data"), LEAK_DETECTION,
        "--compact-every", "0")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      assertEquals(200, client.putPattern("/barn/big", Map.of(), pattern, bigBytes).statusCode());
      String created = new String(client.send("POST", "/barn/parts", Map.of("uploads", ""), new byte[0]).body(),
          "UTF-8");
      String upload = created.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
      for (int i = 0; i < 60; i++) {
        hangUp(server, client, i, upload, random);
      }
      awaitLiveBytes(server, bigBytes, seed);
      String listing = new String(client.get("/barn").body(), "UTF-8");
      assertEquals(1, listing.split("<Key>", -1).length - 1, () -> "seed " + seed + ": " + listing);
      String parts = new String(client.send("GET", "/barn/parts", Map.of("uploadId", upload), new byte[0]).body(),
          "UTF-8");
      assertFalse(parts.contains("<Part>"), () -> "seed " + seed + ": " + parts);
      assertEquals(200, client.getPattern("/barn/big", pattern, bigBytes));
      assertEquals(0, server.stop());
      assertFalse(server.log().contains("LEAK"), () -> "seed " + seed + "\n" + log(server));
      assertFalse(server.log().contains(" ERROR "), () -> "seed " + seed + "\n" + log(server));
    }
  }

  private static void hangUp(ServerProcess server, S3Requests client, int number, String upload, Random random)
      throws IOException {
    int bytes = List.of(100, 70_000, 5 << 20, 12 << 20).get(random.nextInt(4));
    byte[] sent = new byte[random.nextInt(bytes)];
    String length = "Content-Length: " + bytes + "\r\n\r\n";
    RawConnection connection = new RawConnection(server.endpoint());
    switch (number % 5) {
      case 0 -> connection.send(client.head("PUT", "/barn/gone" + number, Map.of()) + length).send(sent);
      case 1 -> connection.send(client.head("PUT", "/barn/parts",
          Map.of("partNumber", "" + (number + 1), "uploadId", upload)) + length).send(sent);
      case 2 -> connection.send(client.head("PUT", "/barn/gone" + number, Map.of())
          + "Transfer-Encoding: chunked\r\n\r\n" + Integer.toHexString(bytes) + "\r\n").send(sent);
      case 3 -> connection.send(client.head("GET", "/barn/big", Map.of()) + "\r\n").some();
      default -> {
        connection.send(client.head("GET", "/barn/big", Map.of()) + "\r\n").some();
        connection.socket().shutdownOutput();
      }
    }
    if (random.nextBoolean()) {
      connection.reset();
    } else {
      connection.close();
    }
  }

  /// The volumes' own count: all they hold, less what is marked dead, is the one object and some commit needles.
  private static void awaitLiveBytes(ServerProcess server, long bodyBytes, long seed) throws Exception {
    ObjectMapper json = new ObjectMapper();
    long liveBytes = Long.MAX_VALUE;
    long slackBytes = 1 << 20;
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (liveBytes > bodyBytes + slackBytes && System.nanoTime() < deadline) {
      Thread.sleep(100); // a poll: the server gives chunks back after it has noticed that their client is gone
      liveBytes = 0;
      for (JsonNode volume : json.readTree(server.volumePort().resolve("/status").toURL()).get("Volumes")) {
        liveBytes += volume.get("Size").asLong() - volume.get("DeletedByteCount").asLong();
      }
    }
    long found = liveBytes;
    assertTrue(found >= bodyBytes && found <= bodyBytes + slackBytes,
        () -> "seed " + seed + ": " + found + " bytes live, the object has " + bodyBytes);
  }

  @Test
  void nonsenseIsRefusedInTheWordsOfS3() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      client.put("/barn", new byte[0]);
      client.put("/barn/key", new byte[10]);
      String put = client.head("PUT", "/barn/made", Map.of());
      String delete = client.head("POST", "/barn", Map.of("delete", ""));
      String bomb = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;&b;\">]>"
          + "<Delete><Object><Key>&c;</Key></Object></Delete>";
      String file = "<!DOCTYPE a [<!ENTITY f SYSTEM \"file:///etc/hostname\">]>"
          + "<Delete><Object><Key>&f;</Key></Object></Delete>";
      String thousandAndOne = "<Delete>" + "<Object><Key>k</Key></Object>".repeat(1001) + "</Delete>";
      String deep = "<Delete>" + "<a>".repeat(50_000) + "</a>".repeat(50_000) + "</Delete>";
      expect(server, "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 400, "BadRequest");
      expect(server, "GET / HTTP/1.1\nHost: h\n\n", 400, "BadRequest");
      expect(server, "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", 400, "BadRequest");
      expect(server, "GET /" + "k".repeat(20_000) + " HTTP/1.1\r\nHost: h\r\n\r\n", 414, "RequestURITooLong");
      expect(server, "GET / HTTP/1.1\r\nHost: h\r\nX: " + "a".repeat(40_000) + "\r\n\r\n", 431,
          "RequestHeaderSectionTooLarge");
      expect(server, put + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400, "BadRequest");
      expect(server, put + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, "BadRequest");
      expect(server, put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, "NotImplemented");
      expect(server, put + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nno size\r\n", 400, "InvalidRequest");
      expect(server, put + "Transfer-Encoding: chunked\r\n\r\n0\r\na: " + "b".repeat(100_000), 400, "InvalidRequest");
      expect(server, put + "Content-Length: 6000000000\r\nExpect: 100-continue\r\n\r\n", 400, "EntityTooLarge");
      expect(server, client.head("PUT", "/nowhere/key", Map.of()) + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
          404, "NoSuchBucket");
      expect(server, client.head("PATCH", "/barn/key", Map.of()) + "\r\n", 405, "MethodNotAllowed");
      expect(server, client.head("PUT", "/barn/" + "k".repeat(1025), Map.of()) + "Content-Length: 0\r\n\r\n", 400,
          "KeyTooLongError");
      expect(server, "GET /barn/%c0%af HTTP/1.1\r\nHost: h\r\n\r\n", 400, "InvalidURI");
      for (String document : List.of(bomb, file, thousandAndOne, deep, "", "<Delete", "<a/>")) {
        String sum = S3Requests.md5Of(document.getBytes(StandardCharsets.ISO_8859_1));
        expect(server, delete + "Content-MD5: " + sum + "\r\nContent-Length: " + document.length() + "\r\n\r\n"
            + document, 400, "MalformedXML");
      }
      expect(server, delete + "Content-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\nContent-Length: 100000000\r\n\r\n", 400,
          "MaxMessageLengthExceeded");
      assertEquals(404, client.get("/barn/made").statusCode());
      assertEquals(200, client.get("/barn/key").statusCode());
      assertFalse(server.log().contains(" ERROR "), () -> log(server));
    }
  }

  private static void expect(ServerProcess server, String request, int status, String code) throws IOException {
    try (RawConnection connection = new RawConnection(server.endpoint())) {
      String answer = connection.send(request).some();
      String asked = request.length() > 400 ? request.substring(0, 400) + " …" : request;
      assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), () -> asked + "\nwas answered\n" + answer);
      assertTrue(answer.contains("<Code>" + code + "</Code>"), () -> asked + "\nwas answered\n" + answer);
    }
  }

  @Test
  void beyondTheBoundConnectionsAreToldToSlowDownUntilOthersLeave() throws Exception {
    Path users = Files.writeString(temp.resolve("users.json"),
        "[{\"id\": \"second\", \"accessKey\": \"seconduser\", \"secretKey\": \"second-user-secret\"}]");
    Files.setPosixFilePermissions(users, PosixFilePermissions.fromString("rw-------"));
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--max-connections", "20", "--users",
        users.toString())) {
      List<RawConnection> open = new ArrayList<>();
      // two users': a stranger's place is free for others after a second, which a busy machine may need for twenty, and
      // no user has all of them
      List<String> requests = List.of(server.client().head("GET", "/", Map.of()) + "\r\n",
          new S3Requests(server.endpoint(), "seconduser", "second-user-secret").head("GET", "/", Map.of()) + "\r\n");
      for (int i = 0; i < 20; i++) {
        open.add(new RawConnection(server.endpoint()));
        assertTrue(open.getLast().send(requests.get(i % 2)).some().startsWith("HTTP/1.1 200 "));
      }
      try (RawConnection surplus = new RawConnection(server.endpoint())) {
        String answer = surplus.rest();
        assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
        assertTrue(answer.contains("<Code>SlowDown</Code>"), answer);
        assertTrue(answer.contains("x-amz-request-id: "), answer);
      }
      open.removeFirst().close();
      String answer = "";
      long deadline = System.nanoTime() + 10_000_000_000L;
      // it has to notice the one that left
      while (!answer.startsWith("HTTP/1.1 200 ") && System.nanoTime() < deadline) {
        try (RawConnection next = new RawConnection(server.endpoint())) {
          answer = probe(next);
        } catch (SocketException e) { // it was closed before it had asked
          answer = e.toString();
        }
      }
      assertTrue(answer.startsWith("HTTP/1.1 200 "), answer);
      for (RawConnection connection : open) {
        assertTrue(connection.send(requests.getFirst()).some().startsWith("HTTP/1.1 200 "));
        connection.close();
      }
    }
  }

  private static String probe(RawConnection connection) throws IOException {
    return connection.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").some();
  }

  @Test
  void tenThousandIdleConnectionsAreCheap() throws Exception {
    assumeTrue(ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        && system.getMaxFileDescriptorCount() > IDLE_CONNECTIONS + 500, "too few file descriptors: raise ulimit -n");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      List<RawConnection> open = new ArrayList<>();
      long before = residentKb(server.pid());
      for (int i = 0; i < IDLE_CONNECTIONS; i++) {
        open.add(new RawConnection(server.endpoint()));
        probe(open.getLast());
      }
      long cost = residentKb(server.pid()) - before;
      System.out.println(IDLE_CONNECTIONS + " idle connections cost " + cost + " kB");
      assertTrue(cost < IDLE_BUDGET_KB, () -> cost + " kB");
      for (RawConnection connection : open) {
        assertTrue(probe(connection).startsWith("HTTP/1.1 200 "));
        connection.close();
      }
    }
  }

  private static long residentKb(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no VmRSS of process " + pid);
  }

  private static String log(ServerProcess server) {
    try {
      return server.log();
    } catch (IOException e) {
      return e.toString();
    }
  }
}
