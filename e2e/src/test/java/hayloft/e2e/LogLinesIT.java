package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.common.log.LogEvent;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
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

/// What strangers and users can do to the lines of the logs of the real process: nothing.
@Timeout(120)
class LogLinesIT {

  private static final Pattern LINE = Pattern
      .compile(
          "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z (?:ERROR|WARN|INFO|DEBUG) (hayloft\\.[\\w.$]+) (.*)");
  private static final String FORGED = "2026-01-01T00:00:00.000Z ERROR hayloft.volume.store.Volume disk.forged "
      + "folder=/";
  /// What ends lines, fields or the patience of a terminal.
  private static final List<String> HOSTILE = List.of("\n", "\r\n", "\r", "\u0085", "\u2028", "\u2029", "\u202e",
      "\u001b[2J", "\" ", "\\", "{0}", " ", "=", "\u007f");
  private static final String SECRET = "5ecre7";

  @TempDir
  Path temp;

  /// Every request ends in a line: at `debug`, and since all of them are slow.
  private ServerProcess start(String... flags) throws IOException {
    List<String> all = new ArrayList<>(List.of("--log-level", "debug", "--slow-request", "0ms", "--access-log",
        temp.resolve("access.log").toString(), "--open-file-ids"));
    all.addAll(List.of(flags));
    return ServerProcess.start(temp.resolve("data"), all.toArray(String[]::new));
  }

  private static String encoded(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      encoded.append(String.format("%%%02x", b));
    }
    return encoded.toString();
  }

  private static List<String> requests() {
    List<String> requests = new ArrayList<>();
    for (String hostile : HOSTILE) {
      String text = encoded("a" + hostile + FORGED);
      String header = ("a" + hostile.replaceAll("[\r\n]", "\u0085") + FORGED).replace('\u2028', '\u0085')
          .replace('\u2029', '\u0085').replace('\u202e', '\u0085');
      for (String target : List.of("/barn/" + text, "/" + text + "/k", "/barn?prefix=" + text, "/barn?" + text,
          "/dir/assign?collection=" + text, "/vol/grow?count=1&collection=" + text, "/2," + text,
          "/dir/lookup?volumeId=" + text, "/v1/" + text, "/" + text, "/barn/k?X-Amz-Date=" + text)) {
        for (String method : List.of("GET", "PUT", "POST", "DELETE")) {
          requests.add(method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n"
              + "Connection: close\r\n\r\n");
        }
      }
      requests.add("GET /barn/k HTTP/1.1\r\nHost: " + header + "\r\nUser-Agent: " + header + "\r\nReferer: " + header
          + "\r\nAuthorization: " + header + "\r\nConnection: close\r\n\r\n");
      requests.add("GET /barn/k HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: " + header + "\r\nReferer: " + header
          + "\r\nConnection: close\r\n\r\n");
      requests.add("PUT /barn/" + text + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + header
          + "\r\n\r\n");
      requests.add(FORGED + hostile + "\r\n\r\n");
    }
    for (String name : List.of("X-Amz-Signature", "x-amz-signature", "%58-Amz-Signature", "Signature", "%53ignature",
        "X-Amz-Security-Token", "jwt", "%6Awt", "Authorization", "a=1&X-Amz-Signature=" + SECRET + "&Signature")) {
      for (String target : List.of("/barn/k?", "/2,0100000000?", "/dir/assign?", "/barn?prefix=")) {
        requests.add("PUT " + target + name + "=" + SECRET + "&b=2 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            + "Referer: http://a/?" + name + "=" + SECRET + "\r\nAuthorization: AWS AK:" + SECRET
            + "\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n");
      }
    }
    return requests;
  }

  private static void sendAll(ServerProcess server, List<String> requests) throws IOException {
    Matcher ports = Pattern.compile("server\\.listening role=\\w+ url=(http://\\S+)").matcher(server.log());
    List<URI> all = ports.results().map(found -> URI.create(found.group(1))).toList();
    assertTrue(all.size() >= 4, all.toString());
    for (URI port : all) {
      for (String request : requests) {
        try (RawConnection client = new RawConnection(port)) {
          client.send(request.getBytes(ISO_8859_1));
          client.socket().shutdownOutput();
          client.rest();
        } catch (IOException _) {
          // a reset is an answer to what is no request
        }
      }
    }
  }

  /// What lines say once the ports listen: each is a time, a level, a class and one event with its pairs, or of a stack
  /// trace.
  private static List<LogEvent> events(String log) {
    List<LogEvent> events = new ArrayList<>();
    for (String line : log.substring(log.indexOf("server.listening")).split("\\R", -1)) {
      assertTrue(line.codePoints().noneMatch(c -> c < ' ' && c != '\t' || c >= 0x7F && c < 0xA0), line);
      if (events.isEmpty() && line.startsWith("server.listening") || line.isEmpty() || line.startsWith("\t")) {
        continue; // the rest of the line it was cut in, the end, a stack trace
      }
      Matcher parts = LINE.matcher(line);
      assertTrue(parts.matches(), line);
      Optional<LogEvent> event = LogEvent.read(parts.group(2));
      assertTrue(event.isPresent(), line);
      assertFalse(event.get().name().contains("forged"), line);
      events.add(event.get());
    }
    return events;
  }

  @Test
  void nothingThatIsSentForgesALineOrLeavesACredentialInOne() throws Exception {
    String log;
    try (ServerProcess server = start("--min-free", "0")) {
      sendAll(server, requests());
      assertEquals(0, server.stop());
      log = server.log();
    }
    List<LogEvent> events = events(log);
    assertTrue(events.stream().anyMatch(event -> event.name().equals("request.slow")), "the slow log was asked for");
    assertTrue(events.stream().anyMatch(event -> event.fields().values().stream().anyMatch(v -> v.contains(FORGED))),
        "what was sent is told as it was");
    assertFalse(log.contains(SECRET), () -> log.lines().filter(line -> line.contains(SECRET)).findFirst().orElse(""));
    String access = Files.readString(temp.resolve("access.log"));
    assertFalse(access.contains(SECRET),
        () -> access.lines().filter(line -> line.contains(SECRET)).findFirst().orElse(""));
    for (String line : access.split("\\R")) {
      assertTrue(line.codePoints().allMatch(c -> c >= ' ' && c < 0x7F || Character.isLetterOrDigit(c)), line);
      assertTrue(line.contains(" REST."), line);
    }
  }

  /// Of a disk that is full, a user's request ends in a warning with the key that was sent.
  @Test
  void keysOfRefusedRequestsAreValues() throws Exception {
    String log;
    try (ServerProcess server = start("--log-format", "text", "--min-free", "9000TB", "--access-log-format", "json")) {
      S3Requests client = server.client();
      client.put("/barn", new byte[0]);
      for (String hostile : HOSTILE) {
        int status = client.put("/barn/a" + hostile + FORGED, new byte[]{1}).statusCode();
        assertTrue(status >= 400, hostile);
      }
      assertEquals(0, server.stop());
      log = server.log();
    }
    List<LogEvent> refused = events(log).stream().filter(event -> event.name().equals("request.refused")).toList();
    assertFalse(refused.isEmpty(), log);
    var json = new ObjectMapper();
    for (String line : Files.readString(temp.resolve("access.log")).split("\\R")) {
      assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7F), line);
      assertTrue(json.readTree(line).has("requestId"), line);
    }
  }

  @Test
  void linesInJsonAreObjectsOfTheirOwn() throws Exception {
    try (ServerProcess server = start("--min-free", "0", "--log-format", "json")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      for (String hostile : HOSTILE) {
        client.put("/barn/a" + hostile + FORGED, new byte[]{1});
        client.send("GET", "/barn", Map.of("uploads", "a" + hostile + FORGED), new byte[0]);
      }
      assertEquals(0, server.stop());
      var json = new ObjectMapper();
      List<String> keys = new ArrayList<>();
      for (String line : server.log().split("\\R")) {
        assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7F), line);
        keys.add(json.readTree(line).path("fields").path("key").asText());
      }
      for (String hostile : HOSTILE) {
        assertTrue(keys.contains("a" + hostile + FORGED), () -> "not told of " + encoded(hostile) + " in " + keys);
      }
    }
  }
}
