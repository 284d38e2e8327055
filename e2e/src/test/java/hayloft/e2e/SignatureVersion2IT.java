package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The old signatures against the real process: off, and where they are on, worth what they cover.
@Timeout(120)
class SignatureVersion2IT {

  private static final String BOUNDARY = "edge";

  @TempDir
  Path temp;
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void itIsRefusedUnlessAskedFor() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      for (HttpResponse<String> refused : java.util.List.of(signed(server, "GET", "/barn", "/barn"),
          http.send(HttpRequest.newBuilder(presigned(server, "/barn", "/barn")).build(), BodyHandlers.ofString()),
          form(server))) {
        assertEquals(400, refused.statusCode(), refused.body());
        assertTrue(refused.body().contains("<Code>InvalidRequest</Code>"), refused.body());
        assertTrue(refused.body().contains("--signature-v2"), refused.body());
      }
    }
  }

  @Test
  void whereItIsOnNothingIsObeyedThatIsNotSigned() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--signature-v2")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      assertEquals(200, client.put("/barn/k", "hay".getBytes(UTF_8)).statusCode());
      assertEquals(204, form(server).statusCode());
      URI url = presigned(server, "/barn/k", "/barn/k");
      assertEquals("hay", http.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString()).body());
      for (String added : new String[]{"acl", "%61cl", "ac%6C", "attributes", "tagging", "versionId=null",
          "response-content-type=text/html", "%72esponse-content-type=text/html"}) {
        assertEquals(403, http.send(HttpRequest.newBuilder(URI.create(url + "&" + added)).build(),
            BodyHandlers.ofString()).statusCode(), added);
      }
      assertEquals(403, signed(server, "DELETE", "/barn?hayloft-durability", "/barn").statusCode());
      assertEquals(403, signed(server, "DELETE", "/barn", "/barn?hayloft-durability").statusCode());
      assertEquals(204, signed(server, "DELETE", "/barn?hayloft-durability", "/barn?hayloft-durability").statusCode());
      assertEquals(200, client.get("/barn/k").statusCode());
      assertEquals(200, signed(server, "GET", "/barn", "/barn?list-type=2&prefix=k").statusCode());
    }
  }

  private HttpResponse<String> signed(ServerProcess server, String method, String resource, String target)
      throws Exception {
    String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(Instant.now().atZone(ZoneOffset.UTC));
    return http.send(HttpRequest.newBuilder(URI.create(server.endpoint() + target))
        .method(method, HttpRequest.BodyPublishers.noBody()).header("x-amz-date", date).header("Authorization",
            "AWS " + ServerProcess.ACCESS_KEY + ":" + hmac(method + "\n\n\n\nx-amz-date:" + date + "\n" + resource))
        .build(), BodyHandlers.ofString());
  }

  private static URI presigned(ServerProcess server, String resource, String target) throws GeneralSecurityException {
    long end = Instant.now().getEpochSecond() + 60;
    return URI.create(server.endpoint() + target + "?AWSAccessKeyId=" + ServerProcess.ACCESS_KEY + "&Expires=" + end
        + "&Signature=" + URLEncoder.encode(hmac("GET\n\n\n" + end + "\n" + resource), UTF_8));
  }

  private HttpResponse<String> form(ServerProcess server) throws Exception {
    String policy = Base64.getEncoder().encodeToString(("{\"expiration\":\"" + Instant.now().plusSeconds(60)
        + "\",\"conditions\":[{\"bucket\":\"barn\"},{\"key\":\"f\"}]}").getBytes(UTF_8));
    StringBuilder body = new StringBuilder();
    Map.of("key", "f", "policy", policy, "AWSAccessKeyId", ServerProcess.ACCESS_KEY, "signature", hmac(policy))
        .forEach((name, value) -> body.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + name
            + "\"\r\n\r\n" + value + "\r\n"));
    body.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhay\r\n--" + BOUNDARY
        + "--\r\n");
    return http.send(HttpRequest.newBuilder(URI.create(server.endpoint() + "/barn"))
        .header("Content-Type", "multipart/form-data; boundary=" + BOUNDARY)
        .POST(HttpRequest.BodyPublishers.ofString(body.toString())).build(), BodyHandlers.ofString());
  }

  private static String hmac(String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA1");
    mac.init(new SecretKeySpec(ServerProcess.SECRET_KEY.getBytes(UTF_8), "HmacSHA1"));
    return Base64.getEncoder().encodeToString(mac.doFinal(text.getBytes(UTF_8)));
  }
}
