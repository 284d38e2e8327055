package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Tools that are ended in the middle, by ^C, by a signal, or because their server is killed beneath them: they keep
/// what they have, and leave nothing half written.
@Timeout(180)
class InterruptedToolsIT {

  /// As ^C, unless that is ignored, as it is in what a shell runs in the background: then it is in the tools, too.
  private static final String INTERRUPT = isIgnored(2) ? "TERM" : "INT";
  /// What the virtual machine ends with then.
  private static final int BY_INTERRUPT = INTERRUPT.equals("INT") ? 130 : 143;
  private static final int BY_KILL = 137;
  private static final int ENOUGH = 50;
  private static final int MOST_WATCHERS = 4;

  /// Whether this process, and what it starts, was told to ignore a signal.
  private static boolean isIgnored(int number) {
    try (Stream<String> status = Files.lines(Path.of("/proc/self/status"))) {
      return status.filter(line -> line.startsWith("SigIgn:"))
          .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) >> (number - 1) & 1) == 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TempDir
  Path temp;

  private static void signal(String name, Process process) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
  }

  private static Process bench(ServerProcess server, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("bench"));
    all.addAll(List.of(arguments));
    all.addAll(List.of("--endpoint", server.endpoint().toString(), "--clients", "4", "--objects", "20", "--warmup",
        "0", "--seconds", "600"));
    return ToolProcess.start(all.toArray(String[]::new));
  }

  /// Asks the server itself, again and again, until it has answered so many requests well.
  private static void awaitRequests(ServerProcess server, String operation, Process tool) throws IOException {
    Pattern count = Pattern.compile(
        "hayloft_s3_request_seconds_count\\{operation=\"" + operation + "\",status=\"2xx\"\\} ([0-9.E]+)");
    double answered = 0;
    while (answered < ENOUGH) {
      assertTrue(tool.isAlive(), () -> "the tool has ended with " + tool.exitValue());
      try (var page = server.filerPort().resolve("/metrics").toURL().openStream()) {
        Matcher found = count.matcher(new String(page.readAllBytes(), UTF_8));
        answered = found.find() ? Double.parseDouble(found.group(1)) : 0;
      }
    }
  }

  private static JsonNode document(ToolProcess ended) throws IOException {
    JsonNode document = new ObjectMapper().readTree(ended.output());
    assertTrue(document.isObject(), ended.output());
    return document;
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  @Test
  void anInterruptedBenchTellsWhatItHasMeasured() throws Exception {
    Path page = temp.resolve("page.html");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--min-free", "0")) {
      Process writing = bench(server, "put", "--json", "--html", page.toString());
      awaitRequests(server, "PutObject", writing);
      signal(INTERRUPT, writing);
      ToolProcess written = ToolProcess.ended(writing);
      assertEquals(1, written.exitCode(), written.output());
      JsonNode result = document(written);
      assertFalse(result.path("complete").asBoolean(true));
      assertEquals("interrupted", result.path("ended").asText());
      assertTrue(result.path("requests").asLong() >= ENOUGH && result.path("requestsPerSecond").asDouble() > 0
          && result.path("failures").isEmpty(), written.output());
      assertTrue(Files.readString(page).endsWith("</body></html>\n"));
      Process reading = bench(server, "get");
      awaitRequests(server, "GetObject", reading);
      signal("TERM", reading);
      ToolProcess read = ToolProcess.ended(reading);
      assertEquals(1, read.exitCode(), read.output());
      assertTrue(read.output().startsWith("get ") && read.output().endsWith("  ended early: interrupted\n"),
          read.output());
    }
    assertEquals(List.of("data", "data.log", "page.html"), names(temp));
  }

  @Test
  void aBenchWhoseServerIsKilledTellsWhatItHasMeasured() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--min-free", "0")) {
      Process bench = bench(server, "put", "--json", "--server-pid", Long.toString(server.pid()));
      awaitRequests(server, "PutObject", bench);
      server.kill();
      ToolProcess ended = ToolProcess.ended(bench);
      assertEquals(1, ended.exitCode(), ended.output());
      JsonNode result = document(ended);
      assertEquals("storeGone", result.path("ended").asText(), ended.output());
      assertFalse(result.path("complete").asBoolean(true));
      assertTrue(result.path("why").asText().contains(server.endpoint().toString()), ended.output());
      assertTrue(result.path("requests").asLong() >= ENOUGH, ended.output());
    }
  }

  @Test
  void anAuditKeepsItsLogWhicheverSideIsEnded() throws Exception {
    Path first = temp.resolve("first.log");
    Path second = temp.resolve("second.log");
    Path directory = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(directory, "--min-free", "0")) {
      Process audit = audit(server, first);
      awaitRequests(server, "PutObject", audit);
      signal(INTERRUPT, audit);
      ToolProcess interrupted = ToolProcess.ended(audit);
      assertEquals(1, interrupted.exitCode(), interrupted.output());
      assertEquals("interrupted", document(interrupted).path("ended").asText(), interrupted.output());
      assertTrue(document(interrupted).path("acknowledged").asLong() > 0, interrupted.output());
      audit = audit(server, second);
      awaitAcknowledgement(second, audit);
      server.kill();
      ToolProcess gone = ToolProcess.ended(audit);
      assertEquals(1, gone.exitCode(), gone.output());
      assertEquals("storeGone", document(gone).path("ended").asText(), gone.output());
      assertTrue(document(gone).path("acknowledged").asLong() > 0, gone.output());
    }
    try (ServerProcess server = ServerProcess.start(directory, "--min-free", "0")) {
      for (Path log : List.of(first, second)) {
        ToolProcess proof = ToolProcess.run("audit", "--verify", "--json", "--log", log.toString(), "--endpoint",
            server.endpoint().toString());
        assertEquals(0, proof.exitCode(), proof.output());
        assertTrue(document(proof).path("log").path("endedByItself").asBoolean(), proof.output());
      }
    }
  }

  private static Process audit(ServerProcess server, Path log) throws IOException {
    return ToolProcess.start("audit", "--json", "--log", log.toString(), "--clients", "4", "--seconds", "600",
        "--multiparts", "0", "--endpoint", server.endpoint().toString());
  }

  private static void awaitAcknowledgement(Path log, Process audit) throws IOException {
    while (!Files.exists(log) || !Files.readString(log).contains(" ack ")) {
      assertTrue(audit.isAlive(), () -> "the audit has ended with " + audit.exitValue());
      Thread.onSpinWait();
    }
  }

  /// A pipe that nobody writes to holds a tool where it reads it.
  private Path pipe(Path path) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("mkfifo", path.toString()).start().waitFor());
    return path;
  }

  private static void awaitFile(Path file, Process tool) {
    while (!Files.exists(file)) {
      assertTrue(tool.isAlive(), () -> "the tool has ended with " + tool.exitValue());
      Thread.onSpinWait();
    }
  }

  @Test
  void anInterruptedExportOrBundleLeavesNothing() throws Exception {
    Path directory = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(directory, "--min-free", "0")) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      assertEquals(200, server.client().put("/barn/hay", new byte[5000]).statusCode());
      assertEquals(0, server.stop());
    }
    Path out = Files.createDirectory(temp.resolve("out"));
    Path scratch = Files.createDirectory(temp.resolve("scratch"));
    Process bundle = ToolProcess.start("doctor", "bundle", "--dir", directory.toString(), "--logs",
        pipe(temp.resolve("log")).toString(), "--to", out.resolve("bundle.tar.gz").toString());
    awaitFile(out.resolve("bundle.tar.gz.part"), bundle);
    signal(INTERRUPT, bundle);
    assertEquals(BY_INTERRUPT, ToolProcess.ended(bundle).exitCode());
    assertEquals(List.of(), names(out));

    Path volume = pipe(directory.resolve("volumes").resolve("4711.dat"));
    Process export = ToolProcess.start("volume", "export", directory.toString(), "--scratch", scratch.toString(),
        "--to",
        out.resolve("hay.tar").toString());
    awaitFile(out.resolve("hay.tar.part"), export);
    signal(INTERRUPT, export);
    assertEquals(BY_INTERRUPT, ToolProcess.ended(export).exitCode());
    assertEquals(List.of(), names(out));
    assertEquals(List.of(), names(scratch));

    export = ToolProcess.start("volume", "export", directory.toString(), "--scratch", scratch.toString(), "--to",
        out.resolve("hay.tar").toString());
    awaitFile(out.resolve("hay.tar.part"), export);
    signal("KILL", export);
    assertEquals(BY_KILL, ToolProcess.ended(export).exitCode());
    assertEquals(List.of("hay.tar.part"), names(out), "a kill leaves what has no name yet");
    Files.delete(volume);
    assertEquals(0, ToolProcess.run("volume", "export", directory.toString(), "--to",
        out.resolve("hay.tar").toString()).exitCode());
    assertEquals(List.of("hay.tar"), names(out), "and the next run takes its place");
  }

  /// A few milliseconds lie between the first file and the last: what is found is looked at, wherever it was cut.
  @Test
  void certificatesAndKeysAreThereInPairs() throws Exception {
    Map<Integer, Integer> codes = new TreeMap<>();
    for (int round = 0; round < 4; round++) {
      Path directory = temp.resolve("certs" + round);
      Process create = ToolProcess.start("cert", "create", "--host", "hay", "--out", directory.toString());
      while (create.isAlive() && (!Files.isDirectory(directory) || names(directory).isEmpty())) {
        Thread.onSpinWait();
      }
      if (create.isAlive()) {
        signal(INTERRUPT, create);
      }
      codes.merge(ToolProcess.ended(create).exitCode(), 1, Integer::sum);
      List<String> left = names(directory);
      assertTrue(List.of(List.of(), List.of("ca.crt", "ca.key"),
          List.of("ca.crt", "ca.key", "server.crt", "server.key")).contains(left), left::toString);
      if (left.size() < 4) {
        assertEquals(0, ToolProcess.run("cert", "create", "--host", "hay", "--out", directory.toString()).exitCode());
      }
      assertEquals(0, ToolProcess.run("cert", "show", directory.resolve("server.crt").toString()).exitCode());
    }
    assertTrue(List.of(0, BY_INTERRUPT).containsAll(codes.keySet()), codes::toString);
  }

  @Test
  void watchersThatAreKilledGiveTheirPlacesBack() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--min-free", "0")) {
      assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
      List<Process> watchers = new ArrayList<>();
      for (int i = 0; i < MOST_WATCHERS; i++) {
        watchers.add(watch(server).orElseThrow());
      }
      assertTrue(watch(server).isEmpty(), "one more than there are places for");
      for (Process watcher : watchers) {
        signal("KILL", watcher);
        assertEquals(BY_KILL, watcher.waitFor());
      }
      Optional<Process> next = watch(server);
      while (next.isEmpty()) { // a watch outlives its watcher by 30 s; the test's own time bounds the wait
        next = watch(server);
      }
      signal(INTERRUPT, next.get());
      next.get().waitFor();
      assertTrue(watch(server).isPresent(), "who ends by himself gives his place back at once");
    }
  }

  /// One that has begun: it shows a request. Empty if there is no place for it.
  private static Optional<Process> watch(ServerProcess server) throws IOException, InterruptedException {
    Process process = ToolProcess.start("shell", "--endpoint", server.adminPort().toString(), "-c", "trace");
    BufferedReader lines = process.inputReader(UTF_8);
    while (!lines.ready() && process.isAlive()) {
      server.client().get("/barn/mark");
    }
    if (lines.readLine() != null) {
      return Optional.of(process);
    }
    assertEquals(1, process.waitFor());
    return Optional.empty();
  }
}
