package hayloft.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// What a running server says of itself on its volume and master ports. Confined to one thread.
final class ServerChecks {

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final HttpClient http;
  private final URI volumePort;
  private final URI masterPort;
  private final List<Finding> findings = new ArrayList<>();

  ServerChecks(HttpClient http, URI volumePort, URI masterPort) {
    this.http = http;
    this.volumePort = volumePort;
    this.masterPort = masterPort;
  }

  List<Finding> all() throws InterruptedException {
    if (ready("master", masterPort) && ready("volumes", volumePort)) {
      disks();
    }
    return findings;
  }

  private boolean ready(String role, URI port) throws InterruptedException {
    HttpResponse<String> answer;
    try {
      answer = get(port.resolve("/readyz"));
    } catch (HttpTimeoutException e) {
      findings.add(Finding.warning("server, " + role, "no answer came from " + port + " within "
          + PATIENCE.toSeconds() + " s", "It is another program, or a server that hangs.",
          "see what listens there (ss -ltnp), and what its log says last"));
      return false;
    } catch (IOException e) {
      findings.add(Finding.note("server, " + role, "nobody answers at " + port,
          "No server runs, or it listens elsewhere: name its ports as the server was given them."));
      return false;
    }
    String detail = detail(answer.body());
    findings.add(answer.statusCode() == 200
        ? Finding.good("server, " + role, port + " " + detail)
        : Finding.warning("server, " + role, port + " " + detail, "It does not serve all requests now.",
            "wait while it starts, or mend what its log says has stopped it"));
    return answer.statusCode() == 200;
  }

  private static String detail(String body) {
    try {
      return new ObjectMapper().readTree(body).path("detail").asText();
    } catch (IOException e) {
      return "answers no JSON: it may be another program";
    }
  }

  private void disks() throws InterruptedException {
    try {
      JsonNode status = new ObjectMapper().readTree(get(volumePort.resolve("/status")).body());
      for (JsonNode disk : status.path("DiskStatuses")) {
        findings.add(disk(disk));
      }
    } catch (IOException e) {
      findings.add(Finding.note("server, disks", "unknown: " + e.getMessage(), "The volume port does not tell."));
    }
  }

  static Finding disk(JsonNode disk) {
    String about = "server, disk " + disk.path("dir").asText();
    long failures = disk.path("failures").asLong();
    if (failures > 0) {
      return Finding.fault(about, failures + " writes or syncs failed",
          "New volumes grow elsewhere, if there is elsewhere.", "look at the kernel's log; replace the disk");
    }
    return disk.path("writable").asBoolean(true)
        ? Finding.good(about, "takes data")
        : Finding.warning(about, "is below its reserve", "It takes no data.", "delete objects, or enlarge the disk");
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    CompletableFuture<HttpResponse<String>> coming = http
        .sendAsync(HttpRequest.newBuilder(uri).timeout(PATIENCE).build(), BodyHandlers.ofString());
    try {
      return coming.get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS); // a body may stall, too
    } catch (TimeoutException _) {
      coming.cancel(true);
      throw new HttpTimeoutException("the answer did not end in time");
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
    }
  }
}
