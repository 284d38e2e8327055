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
  void preflightsNeedNoSignatureAndIdsThatAreNoneAreSaidToBe() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      client.put("/barn", new byte[0]);
      client.put("/barn/k", "hay".getBytes(UTF_8));
      String url = "/barn/k?X-Amz-Algorithm=AWS4-HMAC-SHA256"
          + "&X-Amz-Credential=a%2F20260102%2Fus-east-1%2Fs3%2Faws4_request"
          + "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=" + "0".repeat(64);
      assertTrue(text(asNobody(server, "GET", url)).startsWith("403 "));
      for (String target : new String[]{url, "/barn/k", "/barn"}) {
        assertTrue(text(asNobody(server, "OPTIONS", target)).contains("<Feature>PreflightRequest</Feature>"));
      }
      Map<String, String> none = Map.of("versionId", "none");
      for (String method : new String[]{"GET", "DELETE"}) {
        HttpResponse<byte[]> answer = client.send(method, "/barn/k", none, new byte[0]);
        assertTrue(text(answer).contains("<Message>Invalid version id specified</Message>"), text(answer));
        assertEquals(400, answer.statusCode());
      }
      assertEquals(400, client.send("HEAD", "/barn/k", none, new byte[0]).statusCode());
      assertEquals("hay", new String(client.get("/barn/k").body(), UTF_8));
      HttpResponse<byte[]> parts = client.send("GET", "/barn", Map.of("uploads", "", "max-uploads", "0"), new byte[0]);
      assertEquals(200, parts.statusCode(), text(parts));
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
