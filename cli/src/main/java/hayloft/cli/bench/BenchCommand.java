package hayloft.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.KeyRefusal;
import hayloft.cli.client.S3Client;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Unfit;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft bench`.
@Command(name = "bench", mixinStandardHelpOptions = true, sortOptions = false, description = {
    "Drives an S3 endpoint and prints requests per second, latencies and, with --server-pid, the server's CPU time per "
        + "request.",
    "Reading workloads first write the objects that they read. Each client has one request under way at a time. What "
        + "was answered 503, or "
        + "broken off, is sent again after a pause, and counted among the failures by its status, 0 for broken off.",
    "With --versus two endpoints are measured in turn, and what is printed is their ratio."})
public final class BenchCommand implements Callable<Integer>, Configurable {

  private static final long MOST_OBJECT_BYTES = 1 << 30;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "WORKLOAD", description = "put, get, head, list, delete or mixed (7 of 10 "
      + "read).")
  private Workload.Kind workload = Workload.Kind.PUT;

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ClientOptions client = new ClientOptions();

  @Option(names = "--bucket", defaultValue = "bench", description = "created if absent; default: ${DEFAULT-VALUE}")
  private String bucket = "bench";

  @Option(names = "--size", defaultValue = "4096", split = ",", paramLabel = "SIZE", converter = ObjectSize.class,
      description = "of an object: 4096, 4KiB, 1MiB; several, separated by commas, are taken in turn; default: "
          + "${DEFAULT-VALUE}")
  private List<Integer> sizes = List.of();

  @Option(names = "--clients", defaultValue = "16", description = "default: ${DEFAULT-VALUE}")
  private int clients = 16;

  @Option(names = "--objects", defaultValue = "10000", description = "objects that reading workloads choose from; "
      + "default: ${DEFAULT-VALUE}")
  private long objects = 10_000;

  @Option(names = "--page", defaultValue = "1000", description = "keys per listing; default: ${DEFAULT-VALUE}")
  private int page = 1000;

  @Option(names = "--prefixes", defaultValue = "1", description = "prefixes (bench/0/, bench/1/ ...) that keys are "
      + "spread over; default: ${DEFAULT-VALUE}")
  private int prefixes = 1;

  @Option(names = "--grouped", description = "listings ask for the prefixes alone (delimiter=/)")
  private boolean grouped;

  @Option(names = "--seconds", defaultValue = "10", description = "measured time; default: ${DEFAULT-VALUE}")
  private int seconds = 10;

  @Option(names = "--count", defaultValue = "0", description = "measure this many requests instead of a time")
  private long count;

  @Option(names = "--warmup", defaultValue = "5", description = "seconds not measured, first; default: "
      + "${DEFAULT-VALUE}")
  private int warmupSeconds = 5;

  @Option(names = "--threads", defaultValue = "1", description = "event loops of the generator; default: "
      + "${DEFAULT-VALUE}")
  private int threads = 1;

  @Option(names = "--server-pid", defaultValue = "0", description = "process whose CPU time is measured (Linux)")
  private long serverPid;

  @Option(names = "--no-prepare", description = "the objects are there already")
  private boolean prepared;

  @ArgGroup(exclusive = false, heading = "%nComparison:%n")
  private Versus versus = new Versus();

  @Option(names = "--html", paramLabel = "FILE", description = "write a page with the distribution of latencies and "
      + "their percentiles over time")
  private Optional<Path> html = Optional.empty();

  @Option(names = "--json", description = "one JSON object instead of a table row")
  private boolean json;

  private Map<String, String> environment = Map.of();

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
    client.configured(configuration);
  }

  @Override
  public Integer call() throws Exception {
    Optional<URI> other = versus.endpoint(environment);
    return other.isPresent() ? compare(other.get()) : measureOne();
  }

  private int measureOne() throws Exception {
    Credentials credentials = credentials();
    greet(client.endpoint(), credentials);
    try (LoadGenerator generator = generator(client.endpoint(), credentials)) {
      if (!prepare(generator)) {
        return 1;
      }
      if (workload != Workload.Kind.DELETE && count == 0) {
        warmUp(generator);
      }
      Measurement measured = measure(generator, serverPid);
      print(System.out, measured);
      writePage(Map.of(client.endpoint().toString(), measured));
      return measured.failures().isEmpty() ? 0 : 1;
    }
  }

  private int compare(URI other) throws Exception {
    Credentials credentials = credentials();
    List<Measurement> first = new ArrayList<>();
    List<Measurement> second = new ArrayList<>();
    greet(client.endpoint(), credentials);
    greet(other, versus.credentials(credentials, environment));
    try (LoadGenerator a = generator(client.endpoint(), credentials);
        LoadGenerator b = generator(other, versus.credentials(credentials, environment))) {
      if (!prepare(a) || !prepare(b)) {
        return 1;
      }
      for (Turn turn : Turn.ofRounds(versus.rounds())) {
        LoadGenerator generator = turn.side() == Turn.Side.A ? a : b;
        if (!turn.isMeasured()) {
          warmUp(generator);
        } else if (turn.side() == Turn.Side.A) {
          first.add(measure(generator, serverPid));
        } else {
          second.add(measure(generator, versus.serverPid()));
        }
      }
    }
    var comparison = new Comparison(first, second);
    String one = client.endpoint().toString();
    System.out.print(json
        ? comparison.toJson(one, other.toString()).toPrettyString() + "\n"
        : comparison.toText(one, other.toString()));
    Map<String, Measurement> last = new LinkedHashMap<>();
    last.put("A " + one + ", last round", first.getLast());
    last.put("B " + other + ", last round", second.getLast());
    writePage(last);
    return comparison.hasFailures() ? 1 : 0;
  }

  private Optional<ClientTls> tls(URI endpoint) throws IOException {
    return endpoint.equals(client.endpoint())
        ? client.tls(environment)
        : client.tls(endpoint, versus.alias(environment), environment);
  }

  private LoadGenerator generator(URI endpoint, Credentials credentials) throws IOException {
    return new LoadGenerator(endpoint, tls(endpoint), credentials.accessKey(),
        credentials.secretKey(), client.region(), threads, new RequestBodies(sizes));
  }

  /// Makes the bucket by one request whose refusal can be told in words: what the load's many connections meet would
  /// only be counted, and tried again for long.
  ///
  /// @throws IOException if nobody answers, or not to these keys
  private void greet(URI endpoint, Credentials credentials) throws IOException, InterruptedException {
    try (HttpClient http = S3Client.http(tls(endpoint))) {
      HttpResponse<byte[]> answer = new S3Client(http, endpoint, credentials, client.region()).send("PUT",
          "/" + bucket);
      Optional<String> refused = KeyRefusal.text(endpoint.toString(), credentials, S3Client.code(answer));
      if (refused.isPresent()) {
        throw new IOException(refused.get());
      }
    }
  }

  /// Makes the bucket, and the objects that the workload reads. False if it could not.
  private boolean prepare(LoadGenerator generator) throws Exception {
    generator.runCount(random -> new Workload.Request("PUT", "/" + bucket, "", 0), 1, 1);
    return workload == Workload.Kind.PUT || workload == Workload.Kind.DELETE || prepared || writeObjects(generator);
  }

  private boolean writeObjects(LoadGenerator generator) throws Exception {
    LoadMeter written = generator.runCount(load(Workload.Kind.PUT)::next, clients, objects);
    if (written.requests() < objects) {
      System.err.println("bench: could not write the objects, statuses " + written.failures());
      return false;
    }
    return true;
  }

  private Workload load(Workload.Kind kind) {
    return new Workload(kind, bucket, objects, prefixes, new Workload.Page(page, grouped), sizes);
  }

  /// What deletes finds nothing a second time, so it is warmed up with objects of its own, if it may write them.
  private void warmUp(LoadGenerator generator) throws Exception {
    if (workload != Workload.Kind.DELETE) {
      generator.runFor(load(workload)::next, clients, warmupSeconds * 1_000_000_000L);
    } else if (!prepared && warmupSeconds > 0) {
      measure(generator, 0);
    }
  }

  private Measurement measure(LoadGenerator generator, long pid) throws Exception {
    if (workload == Workload.Kind.DELETE && !prepared && !writeObjects(generator)) {
      throw new IOException("there is nothing to delete");
    }
    Workload load = load(workload);
    long requests = workload == Workload.Kind.DELETE ? objects : count;
    ServerCpu before = pid > 0 ? ServerCpu.read(pid) : new ServerCpu(0, 0, 0);
    long start = System.nanoTime();
    long nanos = seconds * 1_000_000_000L;
    LoadMeter meter;
    if (requests > 0) {
      meter = generator.runCount(load::next, clients, requests);
    } else {
      meter = html.isPresent()
          ? generator.runTimed(load::next, clients, nanos)
          : generator.runFor(load::next, clients, nanos);
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    ServerCpu after = pid > 0 ? ServerCpu.read(pid) : new ServerCpu(0, 0, 0);
    return Measurement.of(meter, elapsed, after.secondsSince(before), after.residentBytes());
  }

  private void writePage(Map<String, Measurement> runs) throws IOException {
    if (html.isPresent()) {
      String title = "hayloft bench " + workload.name().toLowerCase(Locale.ROOT) + ", " + sizeText() + " B, " + clients
          + " clients";
      Files.writeString(html.get(), new LatencyPage(title, runs).html());
    }
  }

  private Credentials credentials() {
    try {
      return client.credentials(environment);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void print(PrintStream out, Measurement measured) {
    String name = workload.name().toLowerCase(Locale.ROOT);
    double residentMiB = measured.residentBytes() / (double) (1 << 20);
    if (json) {
      out.println(toJson(name, measured));
      return;
    }
    out.printf(Locale.ROOT,
        "%-6s %8s B %4d clients  %9d requests %9.1f/s %8.1f MiB/s  p50 %6.0f  p90 %6.0f  p99 %6.0f  "
            + "p99.9 %6.0f  max %7.0f us  server %7.1f us/request, RSS %.0f MiB  failures %s%n",
        name, sizeText(), clients,
        measured.requests(), measured.perSecond(), measured.mibPerSecond(), measured.micros(50), measured.micros(90),
        measured.micros(99), measured.micros(99.9), measured.maxMicros(), measured.cpuMicros(), residentMiB,
        measured.failures());
  }

  private ObjectNode toJson(String name, Measurement measured) {
    ObjectNode row = JsonNodeFactory.instance.objectNode().put("workload", name);
    if (sizes.size() == 1) {
      row.put("sizeBytes", sizes.getFirst());
    } else {
      sizes.forEach(row.putArray("sizeBytes")::add);
    }
    row.put("clients", clients).put("requests", measured.requests())
        .put("requestsPerSecond", tenths(measured.perSecond())).put("mibPerSecond", tenths(measured.mibPerSecond()))
        .put("p50Micros", Math.round(measured.micros(50))).put("p90Micros", Math.round(measured.micros(90)))
        .put("p99Micros", Math.round(measured.micros(99))).put("p999Micros", Math.round(measured.micros(99.9)))
        .put("maxMicros", Math.round(measured.maxMicros()))
        .put("serverCpuMicrosPerRequest", tenths(measured.cpuMicros()))
        .put("serverRssMiB", Math.round(measured.residentBytes() / (double) (1 << 20)));
    ObjectNode failures = row.putObject("failures");
    measured.failures().forEach((status, count) -> failures.put(status.toString(), count));
    return row;
  }

  private static double tenths(double value) {
    return Math.round(value * 10) / 10.0;
  }

  private String sizeText() {
    return sizes.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  static final class ObjectSize implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      long bytes = Allowed.size(text);
      if (bytes > MOST_OBJECT_BYTES) {
        throw new Unfit("a size of at most 1GiB", text);
      }
      return (int) bytes;
    }
  }
}
