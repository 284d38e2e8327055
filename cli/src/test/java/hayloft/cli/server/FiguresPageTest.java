package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.S3Client;
import hayloft.common.health.Readiness;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// What a real `/metrics` tells, held against everything that names figures: docs/metrics.md, whose tables are made
/// from it, the dashboard and the alert rules. After a change of the figures,
///
///     ./mvnw -o -q -pl cli -am test -Dtest=FiguresPageTest -Dsurefire.failIfNoSpecifiedTests=false \
///       -Dhayloft.regenerate=true
///
/// writes the tables anew.
final class FiguresPageTest {

  private static final Path PAGE = Path.of("../docs/metrics.md");
  private static final Path DASHBOARD = Path.of("../deploy/grafana/hayloft-dashboard.json");
  private static final Path RULES = Path.of("../deploy/prometheus/alerts.yml");
  private static final Path RULE_TESTS = Path.of("../deploy/prometheus/alerts_test.yml");
  private static final Pattern NAME = Pattern.compile("\\b(?:hayloft|jvm|process|system)_[a-z0-9_]+\\b");
  private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"");
  private static final Pattern ALERT = Pattern.compile("(?m)^\\s+- alert: (\\w+)$");
  private static final Pattern EXPECTED_ALERT = Pattern
      .compile("(?m)^\\s+alertname: (\\w+)\\n\\s+exp_alerts:\\n\\s+- exp_labels:");

  /// Headings of the page, and what the names begin with that stand below.
  private static final Map<String, List<String>> SECTIONS = sections();

  @TempDir
  private static Path directory = Path.of("");

  private static String told = "";

  private static final Map<String, Family> FAMILIES = new TreeMap<>();

  /// One figure as it was told.
  private static final class Family {
    private final String type;
    private String meaning = "";
    private final Set<String> labels = new TreeSet<>();

    Family(String type) {
      this.type = type;
    }
  }

  private static Map<String, List<String>> sections() {
    Map<String, List<String>> sections = new LinkedHashMap<>();
    sections.put("Requests", List.of("hayloft_s3_", "hayloft_access_log_"));
    sections.put("Ports", List.of("hayloft_http_"));
    sections.put("Volumes and disks", List.of("hayloft_volume", "hayloft_disk_", "hayloft_scrub_"));
    sections.put("Buckets", List.of("hayloft_bucket_"));
    sections.put("Catalog", List.of("hayloft_catalog_", "hayloft_gc_", "hayloft_rocksdb_"));
    sections.put("Master", List.of("hayloft_master_"));
    sections.put("Process and memory", List.of("hayloft_"));
    sections.put("Virtual machine and system, as Micrometer tells them", List.of(""));
    return sections;
  }

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  @BeforeAll
  static void ask() throws IOException, InterruptedException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir",
        directory.resolve("store").toString(), "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", "0",
        "--volume-port", "0", "--filer-port", "0", "--min-free", "0", "--access-log",
        directory.resolve("access.log").toString(), "--slow-request", "1m", "--open-file-ids",
        "--otlp-endpoint", "http://127.0.0.1:1", "--otlp-interval", "60m", "--bucket-figures", "1");
    var readiness = new Readiness();
    try (var server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "a-long-secret"), readiness);
        HttpClient client = HttpClient.newHttpClient()) {
      server.start();
      readiness.ready();
      List<String> endpoints = Pattern.compile("(?:s3|master|volume|filer|admin)=(\\S+)").matcher(server.readyLine())
          .results().map(endpoint -> endpoint.group(1)).toList();
      assertEquals(5, endpoints.size(), server.readyLine());
      for (String endpoint : endpoints) { // some figures begin with the first request
        HttpRequest refused = HttpRequest.newBuilder(URI.create(endpoint + "/barn/oats")).build();
        assertTrue(client.send(refused, BodyHandlers.ofString()).statusCode() >= 400, "nobody signed it");
      }
      keepSomeBlobs(client, endpoints.get(1), endpoints.get(2));
      var signed = new S3Client(client, URI.create(endpoints.getFirst()),
          new Credentials("me", "a-long-secret", "the test"), "us-east-1");
      for (String request : List.of("/barn", "/shed", "/barn/oats")) {
        byte[] body = new byte[request.startsWith("/barn/") ? 1000 : 0];
        assertEquals(200, signed.send("PUT", request, "", body).statusCode());
      }
      awaitCount(client, endpoints.get(1));
      List<String> pages = new ArrayList<>();
      assertTrue(client.send(HttpRequest.newBuilder(URI.create(endpoints.getFirst() + "/metrics")).build(),
          BodyHandlers.ofString()).body().contains("<Code>"), "on the S3 port it is a bucket");
      for (String endpoint : endpoints.subList(1, endpoints.size())) {
        pages.add(client.send(HttpRequest.newBuilder(URI.create(endpoint + "/metrics")).build(),
            BodyHandlers.ofString()).body());
      }
      assertEquals(1, pages.stream().map(page -> NAME.matcher(page).results().map(found -> found.group()).toList())
          .map(TreeSet::new).distinct().count(), "each port tells the same figures");
      told = pages.getFirst();
      take(told);
    }
  }

  /// Until both buckets have been counted, the larger one with its object.
  private static void awaitCount(HttpClient client, String endpoint) throws IOException, InterruptedException {
    String page = "";
    while (!page.contains("hayloft_bucket_objects{bucket=\"barn\"}")) {
      page = client.send(HttpRequest.newBuilder(URI.create(endpoint + "/metrics")).build(), BodyHandlers.ofString())
          .body();
    }
  }

  private static void keepSomeBlobs(HttpClient client, String master, String volume)
      throws IOException, InterruptedException {
    for (int i = 0; i < 20; i++) {
      String assigned = client.send(HttpRequest.newBuilder(URI.create(master + "/dir/assign")).build(),
          BodyHandlers.ofString()).body();
      URI blob = URI.create(volume + "/" + new ObjectMapper().readTree(assigned).path("fid").asText());
      HttpRequest put = HttpRequest.newBuilder(blob).PUT(BodyPublishers.ofByteArray(new byte[1000 * i])).build();
      assertEquals(201, client.send(put, BodyHandlers.discarding()).statusCode());
      assertEquals(200,
          client.send(HttpRequest.newBuilder(blob).build(), BodyHandlers.discarding()).statusCode());
    }
  }

  private static void take(String page) {
    for (String line : page.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# TYPE ")) {
        FAMILIES.computeIfAbsent(words[2], _ -> new Family(words[3]));
      }
    }
    for (String line : page.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (line.startsWith("# HELP ")) {
        family(words[2]).orElseThrow().meaning = words.length < 4 ? "" : words[3];
      } else if (!line.startsWith("#")) {
        String name = line.substring(0, line.indexOf(line.contains("{") ? '{' : ' '));
        Family family = family(name).orElseThrow(() -> new AssertionError("no type of " + name));
        if (line.contains("{")) {
          LABEL.matcher(line.substring(0, line.lastIndexOf('}'))).results().map(label -> label.group(1))
              .filter(label -> !label.equals("le")).forEach(family.labels::add);
        }
      }
    }
  }

  /// That a name belongs to, whatever is appended to it.
  private static Optional<Family> family(String name) {
    Family whole = FAMILIES.get(name);
    if (whole != null) {
      return Optional.of(whole);
    }
    Family histogram = FAMILIES.get(name.replaceFirst("_(bucket|count|sum)$", ""));
    return Optional.ofNullable(histogram).filter(family -> family.type.equals("histogram"));
  }

  @Test
  void thePageNamesWhatIsToldAndNothingElse() throws IOException {
    String page = Files.readString(PAGE);
    Matcher block = Pattern.compile("(<!-- generated: figures -->\n).*?(<!-- end -->)", Pattern.DOTALL).matcher(page);
    assertTrue(block.find(), PAGE + " has no generated block");
    String expected = block
        .replaceFirst(found -> Matcher.quoteReplacement(found.group(1) + tables() + found.group(2)));
    if (Boolean.getBoolean("hayloft.regenerate")) {
      Files.writeString(PAGE, expected);
    } else {
      assertEquals(expected, page);
    }
  }

  private static String tables() {
    var text = new StringBuilder();
    Set<String> left = new TreeSet<>(FAMILIES.keySet());
    SECTIONS.forEach((title, beginnings) -> {
      text.append("\n### ").append(title)
          .append("\n\n| figure | type | unit | labels | meaning |\n|---|---|---|---|---|\n");
      for (String name : List.copyOf(left)) {
        if (beginnings.stream().anyMatch(name::startsWith)) {
          left.remove(name);
          Family family = family(name).orElseThrow();
          text.append("| `").append(name).append("` | ").append(family.type).append(" | ").append(unit(name))
              .append(" | ").append(family.labels.isEmpty() ? "" : "`" + String.join("`, `", family.labels) + "`")
              .append(" | ").append(family.meaning.replace("|", "\\|")).append(" |\n");
        }
      }
    });
    return text.append('\n').toString();
  }

  private static String unit(String name) {
    String measured = name.replaceFirst("_total$", "");
    for (Map.Entry<String, String> unit : Map.of("_seconds", "s", "_bytes", "bytes", "_bytes_per_second", "bytes/s",
        "_bytes_max", "bytes", "_ns", "ns", "_usage", "share").entrySet()) {
      if (measured.endsWith(unit.getKey())) {
        return unit.getValue();
      }
    }
    return "number";
  }

  @Test
  void promtoolHasNothingToSay() {
    assertTrue(told.contains("\nhayloft_volume_batch_bytes_bucket{le=\"1024.0\"} "), told);
    assertEquals(List.of(), FiguresLint.problems(told));
  }

  @Test
  void theNamesThatEveryProcessHasAreThere() {
    Set<String> missing = new TreeSet<>(Set.of("process_cpu_seconds_total", "process_open_fds", "process_max_fds",
        "process_start_time_seconds", "process_resident_memory_bytes", "process_virtual_memory_bytes",
        "hayloft_build_info"));
    missing.removeAll(FAMILIES.keySet());
    assertEquals(Set.of(), missing);
    assertEquals(Set.of("java", "version"), family("hayloft_build_info").orElseThrow().labels);
  }

  @Test
  void everyFigureSaysWhatItMeans() {
    FAMILIES.forEach((name, family) -> assertTrue(!family.meaning.isBlank(), name));
    assertTrue(FAMILIES.size() > 80, FAMILIES.keySet()::toString);
  }

  @Test
  void theDashboardNamesOnlyWhatIsTold() throws IOException {
    List<String> expressions = new ArrayList<>();
    collect(new ObjectMapper().readTree(DASHBOARD.toFile()), expressions);
    assertTrue(expressions.size() > 50, expressions::toString);
    assertAllTold(DASHBOARD, String.join("\n", expressions));
  }

  private static void collect(JsonNode node, List<String> expressions) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getKey().equals("expr") || field.getKey().equals("query") && field.getValue().isTextual()) {
        expressions.add(field.getValue().asText());
      }
    }
    node.forEach(child -> collect(child, expressions));
  }

  @Test
  void theRulesNameOnlyWhatIsTold() throws IOException {
    assertAllTold(RULES, Files.readString(RULES));
    assertAllTold(RULE_TESTS, Files.readString(RULE_TESTS));
  }

  private static void assertAllTold(Path file, String text) {
    Set<String> named = new TreeSet<>(NAME.matcher(text).results().map(found -> found.group()).toList());
    assertTrue(named.size() > 10, file + " names " + named);
    named.removeIf(name -> family(name).isPresent());
    assertEquals(Set.of(), named, file + " names figures that nobody tells");
  }

  @Test
  void everyAlertIsSeenToFire() throws IOException {
    Set<String> alerts = new TreeSet<>(
        ALERT.matcher(Files.readString(RULES)).results().map(found -> found.group(1)).toList());
    Set<String> tried = new TreeSet<>(
        EXPECTED_ALERT.matcher(Files.readString(RULE_TESTS)).results().map(found -> found.group(1)).toList());
    assertTrue(alerts.size() > 10, alerts::toString);
    assertEquals(alerts, tried);
  }
}
