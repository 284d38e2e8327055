package hayloft.cli.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A store in memory that speaks as much S3 as an audit does, and whose objects a test may lose. Signatures are not
/// looked at. Thread-safe.
final class FakeStore implements AutoCloseable {

  final ConcurrentSkipListMap<String, byte[]> objects = new ConcurrentSkipListMap<>();
  /// After so many more requests every answer is cut off before it is sent, though what was asked is done.
  final AtomicLong answersLeft = new AtomicLong(Long.MAX_VALUE);
  /// Answered to everything that changes an object, if it is not 0; nothing is done then.
  volatile int refusal;
  /// What requests for the bucket are answered with status 403, if it is not empty.
  volatile String bucketRefusal = "";

  /// What happens at the first request for an object when none are left, counting from [#happensAfter].
  volatile Runnable happens = () -> {};
  final AtomicLong happensAfter = new AtomicLong(Long.MAX_VALUE);

  private final Map<String, Map<Integer, byte[]>> uploads = new ConcurrentHashMap<>();
  private final AtomicInteger nextUpload = new AtomicInteger();
  private final HttpServer server;

  FakeStore() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath().substring(1);
      String query = String.valueOf(exchange.getRequestURI().getRawQuery());
      int slash = path.indexOf('/');
      if (slash > 0 && happensAfter.getAndDecrement() == 0) {
        happens.run();
      }
      boolean changes = slash > 0 && !exchange.getRequestMethod().equals("GET");
      Reply reply = changes && refusal != 0
          ? new Reply(refusal, new byte[0])
          : slash < 0
              ? bucket(exchange, query)
              : object(exchange.getRequestMethod(), path.substring(slash + 1), query, body);
      if (answersLeft.getAndDecrement() <= 0) {
        return; // closes the connection without an answer
      }
      exchange.getResponseHeaders().set("x-hayloft-durability", "fsync");
      exchange.getResponseHeaders().set("etag", "\"e\"");
      exchange.sendResponseHeaders(reply.status, reply.body.length == 0 ? -1 : reply.body.length);
      if (reply.body.length > 0) {
        exchange.getResponseBody().write(reply.body);
      }
    }
  }

  private record Reply(int status, byte[] body) {
    static Reply text(String text) {
      return new Reply(200, text.getBytes(UTF_8));
    }
  }

  private Reply bucket(HttpExchange exchange, String query) {
    if (!bucketRefusal.isEmpty()) {
      return new Reply(403, bucketRefusal.getBytes(UTF_8));
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      return new Reply(200, new byte[0]);
    }
    String after = query.contains("start-after=") ? query.replaceAll(".*start-after=([^&]*).*", "$1") : "";
    List<String> keys = new ArrayList<>(objects.tailMap(after.replace("%2F", "/"), false).keySet());
    boolean more = keys.size() > 5;
    StringBuilder xml = new StringBuilder("<R><IsTruncated>" + more + "</IsTruncated>");
    keys.subList(0, Math.min(5, keys.size())).forEach(key -> xml.append("<Key>").append(key).append("</Key>"));
    return Reply.text(xml.append("</R>").toString());
  }

  private Reply object(String method, String key, String query, byte[] body) {
    switch (method) {
      case "PUT" -> {
        if (query.startsWith("partNumber=")) {
          parts(query).put(Integer.parseInt(query.replaceAll("partNumber=(\\d+).*", "$1")), body);
        } else {
          objects.put(key, body);
        }
        return new Reply(200, new byte[0]);
      }
      case "DELETE" -> {
        objects.remove(key);
        return new Reply(204, new byte[0]);
      }
      case "POST" -> {
        if (query.equals("uploads=")) {
          return Reply.text("<UploadId>u" + nextUpload.incrementAndGet() + "</UploadId>");
        }
        var joined = new ByteArrayOutputStream();
        parts(query).values().forEach(joined::writeBytes);
        objects.put(key, joined.toByteArray());
        return Reply.text("<Done/>");
      }
      default -> {
        byte @Nullable [] found = objects.get(key);
        return found == null ? new Reply(404, new byte[0]) : new Reply(200, found);
      }
    }
  }

  private Map<Integer, byte[]> parts(String query) {
    return uploads.computeIfAbsent(query.replaceAll(".*uploadId=", ""), _ -> new TreeMap<>());
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
