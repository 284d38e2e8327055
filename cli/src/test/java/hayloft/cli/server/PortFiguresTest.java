package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.health.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// What the ports of the roles tell of their requests, after some.
final class PortFiguresTest {

  @TempDir
  private Path directory = Path.of("");

  private final HttpClient client = HttpClient.newHttpClient();
  private String readyLine = "";

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private HttpResponse<String> send(String method, String role, String path, String body)
      throws IOException, InterruptedException {
    Matcher endpoint = Pattern.compile(" " + role + "=(\\S+)").matcher(readyLine);
    assertTrue(endpoint.find(), readyLine);
    return client.send(HttpRequest.newBuilder(URI.create(endpoint.group(1) + path))
        .method(method, BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
  }

  @Test
  void everyPortCountsItsRequestsByRouteAndStatus() throws Exception {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir",
        directory.resolve("store").toString(), "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", "0",
        "--volume-port", "0", "--filer-port", "0", "--min-free", "0", "--open-file-ids");
    var readiness = new Readiness();
    try (var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "a-long-secret"), readiness); client) {
      server.start();
      readiness.ready();
      readyLine = server.readyLine();
      String blob = "/" + new ObjectMapper().readTree(send("GET", "master", "/dir/assign", "").body()).path("fid")
          .asText();
      assertEquals(404, send("GET", "master", "/dir/lookup?volumeId=99", "").statusCode());
      assertEquals(200, send("GET", "master", "/dir/status", "").statusCode());
      assertEquals(404, send("GET", "volume", blob, "").statusCode());
      assertEquals(201, send("PUT", "volume", blob, "0123456789").statusCode());
      assertEquals(200, send("GET", "volume", blob, "").statusCode());
      assertEquals(200, send("GET", "volume", blob, "").statusCode());
      assertEquals(200, send("HEAD", "volume", blob, "").statusCode());
      assertEquals(202, send("DELETE", "volume", blob, "").statusCode());
      assertEquals(200, send("GET", "volume", "/status", "").statusCode());
      assertEquals(404, send("GET", "volume", "/secret/path", "").statusCode());
      HttpResponse<String> nothing = send("GET", "filer", "/secret/path", "");
      assertEquals(404, nothing.statusCode());
      assertEquals("{\"error\":\"the catalog's port has /healthz, /readyz and /metrics only\"}", nothing.body());
      assertEquals(200, send("GET", "filer", "/readyz", "").statusCode());
      assertEquals(401, send("POST", "admin", "/v1/cluster.status", "{}").statusCode());
      assertEquals(401, send("POST", "admin", "/v1/secret.path", "{}").statusCode());
      assertEquals(401, send("DELETE", "admin", "/v1/jobs/secret-path", "").statusCode());
      send("GET", "filer", "/metrics", "");
      String page = send("GET", "volume", "/metrics", "").body();
      assertCounted(page, "master", "assign", "2xx", 1);
      assertCounted(page, "master", "lookup", "4xx", 1);
      assertCounted(page, "master", "directory_status", "2xx", 1);
      assertCounted(page, "volume", "get_blob", "4xx", 1);
      assertCounted(page, "volume", "put_blob", "2xx", 1);
      assertCounted(page, "volume", "get_blob", "2xx", 2);
      assertCounted(page, "volume", "head_blob", "2xx", 1);
      assertCounted(page, "volume", "delete_blob", "2xx", 1);
      assertCounted(page, "volume", "status", "2xx", 1);
      assertCounted(page, "volume", "none", "4xx", 1);
      assertCounted(page, "filer", "none", "4xx", 1);
      assertCounted(page, "filer", "readyz", "2xx", 1);
      assertCounted(page, "filer", "metrics", "2xx", 1);
      assertCounted(page, "admin", "cluster.status", "4xx", 1);
      assertCounted(page, "admin", "none", "4xx", 1);
      assertCounted(page, "admin", "job.cancel", "4xx", 1);
      assertTold(page, "hayloft_http_received_bytes_total{port=\"volume\",route=\"put_blob\"} 10.0");
      assertTold(page, "hayloft_http_first_byte_seconds_count{port=\"volume\",route=\"get_blob\"} 3");
      for (String role : new String[]{"s3", "master", "volume", "filer", "admin"}) {
        assertTrue(page.contains("\nhayloft_http_connections{port=\"" + role + "\"} "), role);
      }
      assertFalse(page.contains("secret"), "nothing that a client named is told");
      assertFalse(page.contains("hayloft_http_request_seconds_count{port=\"s3\""), "S3's are told by operation");
    }
  }

  private static void assertCounted(String page, String port, String route, String status, int count) {
    assertTold(page, "hayloft_http_request_seconds_count{port=\"" + port + "\",route=\"" + route + "\",status=\""
        + status + "\"} " + count);
  }

  private static void assertTold(String page, String line) {
    assertTrue(page.contains("\n" + line + "\n"),
        () -> line + " is not among\n" + String.join("\n", page.lines().filter(l -> l.contains("_http_")).toList()));
  }
}
