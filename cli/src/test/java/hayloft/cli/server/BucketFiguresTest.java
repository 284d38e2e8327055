package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.client.Credentials;
import hayloft.cli.client.S3Client;
import hayloft.common.health.Readiness;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// Figures of single buckets, as the port of a real server tells them.
@Timeout(120)
final class BucketFiguresTest {

  private static final Map<String, String> KEYS = Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD",
      "a-long-secret");

  @TempDir
  private Path directory = Path.of("");

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private StandaloneServer started(String... flags) throws Exception {
    List<String> all = new ArrayList<>(List.of("--dir", directory.toString(), "--bind", "127.0.0.1", "--s3-port", "0",
        "--master-port", "0", "--volume-port", "0", "--filer-port", "0", "--min-free", "0"));
    all.addAll(List.of(flags));
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(all.toArray(String[]::new));
    var readiness = new Readiness();
    var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(), KEYS, readiness);
    server.start();
    readiness.ready();
    return server;
  }

  private static String endpoint(StandaloneServer server, String role) {
    Matcher endpoint = Pattern.compile(role + "=(\\S+)").matcher(server.readyLine());
    assertTrue(endpoint.find());
    return endpoint.group(1);
  }

  private static String figures(HttpClient http, StandaloneServer server) throws Exception {
    return http.send(HttpRequest.newBuilder(URI.create(endpoint(server, "master") + "/metrics")).build(),
        BodyHandlers.ofString()).body();
  }

  @Test
  void theLargestBucketsAreCountedAndToldAndTheOthersLeftOut() throws Exception {
    try (HttpClient http = S3Client.http(Optional.empty())) {
      try (StandaloneServer server = started()) {
        var client = new S3Client(http, URI.create(endpoint(server, "s3")),
            new Credentials("me", "a-long-secret", "the test"), "us-east-1");
        for (String path : List.of("/barn", "/shed", "/yard", "/barn/oats", "/barn/rye", "/shed/hay")) {
          byte[] body = new byte[path.indexOf('/', 1) < 0 ? 0 : 1000 * path.length()];
          assertEquals(200, client.send("PUT", path, "", body).statusCode());
        }
        assertEquals(200, client.send("POST", "/shed/film", "uploads=", new byte[0]).statusCode());
        assertTrue(!figures(http, server).contains("barn"), "nobody asked for names of buckets");
      }
      try (StandaloneServer server = started("--bucket-figures", "2")) {
        String page = figures(http, server);
        while (!page.contains("bucket=\"barn\"") || !page.contains("bucket=\"shed\"")) {
          page = figures(http, server);
        }
        for (String line : List.of("hayloft_bucket_objects{bucket=\"barn\"} 2.0",
            "hayloft_bucket_versions{bucket=\"barn\"} 2.0",
            "hayloft_bucket_bytes{bucket=\"barn\",kind=\"versions\"} 19000.0",
            "hayloft_bucket_objects{bucket=\"shed\"} 1.0", "hayloft_bucket_uploads{bucket=\"shed\"} 1.0",
            "hayloft_bucket_bytes{bucket=\"shed\",kind=\"uploads\"} 0.0", "hayloft_bucket_figures_left_out 1.0")) {
          assertTrue(page.contains(line), line + " is not in\n" + page);
        }
        assertTrue(!page.contains("yard"), "the smallest of three");
      }
    }
  }
}
