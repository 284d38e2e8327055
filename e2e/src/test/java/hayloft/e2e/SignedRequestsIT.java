package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a signature covers, and what is obeyed without one, against the real process.
@Timeout(120)
class SignedRequestsIT {

  private static final byte[] ORDER = "<Delete><Object><Key>k</Key></Object></Delete>".getBytes(UTF_8);
  private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

  @TempDir
  Path temp;
  private final HttpClient http = HttpClient.newHttpClient();

  private static String text(HttpResponse<byte[]> answer) {
    return answer.statusCode() + " " + new String(answer.body(), UTF_8);
  }

  private HttpResponse<byte[]> asNobody(ServerProcess server, String method, String target) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(server.endpoint() + target))
        .method(method, BodyPublishers.noBody()).build(), BodyHandlers.ofByteArray());
  }

  @Test
  void aBodyThatNothingVouchesForDeletesNothing() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      client.put("/barn", new byte[0]);
      client.put("/barn/k", "hay".getBytes(UTF_8), "x-amz-acl", "public-read");
      Map<String, String> delete = Map.of("delete", "");
      assertTrue(text(client.sendSignedAs(UNSIGNED, "POST", "/barn", delete, ORDER)).startsWith("400 "));
      assertTrue(text(asNobody(server, "GET", "/barn/k?response-content-type=text/html")).contains("InvalidRequest"));
      HttpResponse<byte[]> head = asNobody(server, "HEAD", "/barn");
      assertEquals(403, head.statusCode());
      assertEquals("us-east-1", head.headers().firstValue("x-amz-bucket-region").orElse(""));
      String form = "--e\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nf\r\n--e\r\n"
          + "Content-Disposition: form-data; name=\"file\"\r\n\r\nhay\r\n--e--\r\n";
      String type = "multipart/form-data; boundary=e";
      assertTrue(text(client.sendSignedAs("0".repeat(64), "POST", "/barn", Map.of(), form.getBytes(UTF_8),
          "content-type", type)).contains("XAmzContentSHA256Mismatch"));
      assertEquals(404, client.get("/barn/f").statusCode());
      assertEquals(204, client.send("POST", "/barn", Map.of(), form.getBytes(UTF_8), "content-type", type)
          .statusCode());
      assertEquals(200, client.send("POST", "/barn", delete, ORDER).statusCode());
      assertEquals(404, client.get("/barn/k").statusCode());
    }
  }

  @Test
  void aStoreElsewhereSaysWhere() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--region", "eu-west-7")) {
      S3Requests client = server.client(); // signs for us-east-1
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      assertEquals(200, client.get("/").statusCode());
      HttpResponse<byte[]> refused = client.put("/barn/k", new byte[1]);
      assertTrue(text(refused).contains("<Code>AuthorizationHeaderMalformed</Code>"), text(refused));
      assertTrue(text(refused).contains("<Region>eu-west-7</Region>"));
      assertEquals("eu-west-7", refused.headers().firstValue("x-amz-bucket-region").orElse(""));
    }
  }
}
