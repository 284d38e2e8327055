package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a client gets while a copy takes long. The process is stopped (SIGSTOP) most of the time, which makes it slow.
@Timeout(180)
class LongCopyIT {

  private static final long SOURCE_BYTES = 64L << 20;
  private static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  @TempDir
  Path temp;
  private ServerProcess server;

  @BeforeEach
  void startWithASource() throws Exception {
    server = ServerProcess.start(temp.resolve("data"));
    assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
    assertEquals(200, server.client().putPattern("/barn/hay", Map.of(), new Pattern(1), SOURCE_BYTES).statusCode());
  }

  @AfterEach
  void end() throws Exception {
    server.close();
  }

  private void signal(String name) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(server.pid())).start().waitFor());
  }

  /// Lets the process run for a few ms of each second, until something is done or the time is over.
  private void slowDown(CompletableFuture<?> until, int seconds) throws IOException, InterruptedException {
    for (int second = 0; second < seconds && !until.isDone(); second++) {
      signal("STOP");
      LockSupport.parkNanos(980_000_000); // its pace
      signal("CONT");
      LockSupport.parkNanos(20_000_000);
    }
  }

  private CompletableFuture<HttpResponse<byte[]>> copy(Map<String, String> query) {
    return CompletableFuture.supplyAsync(() -> {
      try {
        return server.client().send("PUT", "/barn/copy", query, new byte[0], "x-amz-copy-source", "/barn/hay");
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    });
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), ISO_8859_1);
  }

  private static String upload(HttpResponse<byte[]> begun) {
    return text(begun).replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
  }

  @Test
  void whiteSpaceComesInsideTheDocumentUntilItIsDone() throws Exception {
    CompletableFuture<HttpResponse<byte[]>> copying = copy(Map.of());
    slowDown(copying, 9);
    HttpResponse<byte[]> answer = copying.get(60, TimeUnit.SECONDS);
    assertEquals(200, answer.statusCode());
    assertTrue(text(answer).matches("(?s)" + java.util.regex.Pattern.quote(DECLARATION)
        + "\\s*<CopyObjectResult .*</CopyObjectResult>"), text(answer));
    assertEquals("chunked", answer.headers().firstValue("transfer-encoding").orElse("whole"), "it was not slow enough");
    assertEquals(200, server.client().getPattern("/barn/copy", new Pattern(1), SOURCE_BYTES));
  }

  @Test
  void whatFailsLateSaysSoInsideTheDocument() throws Exception {
    String upload = upload(server.client().send("POST", "/barn/copy", Map.of("uploads", ""), new byte[0]));
    CompletableFuture<HttpResponse<byte[]>> copying = copy(Map.of("uploadId", upload, "partNumber", "1"));
    CompletableFuture<HttpResponse<byte[]>> aborting = CompletableFuture.supplyAsync(() -> {
      try {
        return server.client().send("DELETE", "/barn/copy", Map.of("uploadId", upload), new byte[0]);
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }, CompletableFuture.delayedExecutor(2, TimeUnit.SECONDS));
    slowDown(copying, 9);
    assertEquals(204, aborting.get(60, TimeUnit.SECONDS).statusCode());
    HttpResponse<byte[]> answer = copying.get(60, TimeUnit.SECONDS);
    assertEquals(200, answer.statusCode());
    assertTrue(text(answer).contains("<Error><Code>NoSuchUpload</Code>"), text(answer));
    assertTrue(text(answer).startsWith(DECLARATION), text(answer));
  }

  @Test
  void whatIsKnownAtOnceKeepsItsStatus() throws Exception {
    assertEquals(200, server.client().put("/barn/copy", new byte[3]).statusCode());
    for (String[] condition : new String[][]{{"if-none-match", "*"}, {"if-match", "x"},
        {"x-amz-copy-source-if-match", "x"}}) {
      assertEquals(412, server.client().send("PUT", "/barn/copy", Map.of(), new byte[0], "x-amz-copy-source",
          "/barn/hay", condition[0], condition[1]).statusCode(), condition[0]);
    }
    assertEquals(3, server.client().get("/barn/copy").body().length);
  }

  /// It is noticed at the second byte that cannot be sent, and the copy ends there.
  @Test
  void aCopyEndsWithItsClient() throws Exception {
    String upload = upload(server.client().send("POST", "/barn/copy", Map.of("uploads", ""), new byte[0]));
    var never = new CompletableFuture<Void>();
    try (RawConnection client = new RawConnection(server.endpoint())) {
      client.send(server.client().head("PUT", "/barn/copy", Map.of("uploadId", upload, "partNumber", "1"),
          "x-amz-copy-source", "/barn/hay") + "content-length: 0\r\n\r\n");
      slowDown(never, 7);
      assertNotEquals("", client.some()); // the answer has begun
      client.reset();
    }
    slowDown(never, 12);
    String parts = text(server.client().send("GET", "/barn/copy", Map.of("uploadId", upload), new byte[0]));
    assertFalse(parts.contains("<PartNumber>"), parts);
  }
}
