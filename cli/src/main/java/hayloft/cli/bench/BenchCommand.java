package hayloft.cli.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.Ending;
import hayloft.cli.Interruption;
import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.KeyRefusal;
import hayloft.cli.client.S3Client;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Unfit;
import hayloft.cli.files.HalfWritten;
import hayloft.cli.progress.Progress;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
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
    "With --versus two endpoints are measured in turn, and what is printed is their ratio.",
    "At ^C, or if the store goes away, what was measured until then is printed, and the exit code is 1."})
public final class BenchCommand implements Callable<Integer>, Configurable {

  private static final long MOST_OBJECT_BYTES = 1 << 30;

  private static final int BAD_REQUEST = 400;
  private static final int ALREADY_THERE = 409;

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

  @Option(names = "--clients", defaultValue = "16", converter = Allowed.Count.class,
      description = "default: ${DEFAULT-VALUE}")
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
    try (Interruption interruption = Interruption.awaited(err());
        LoadGenerator generator = generator(client.endpoint(), credentials, interruption)) {
      Ending before = prepare(generator);
      if (before.isDone() && workload != Workload.Kind.DELETE && count == 0) {
        before = warmUp(generator);
      }
      Measurement measured = before.isDone() ? measure(generator, serverPid) : Measurement.nothing(before);
      requireAny(measured);
      print(System.out, measured);
      writePage(Map.of(client.endpoint().toString(), measured));
      return measured.failures().isEmpty() && measured.ending().isDone() ? 0 : 1;
    }
  }

  /// @throws IOException if the store went away before there was anything to tell
  private static void requireAny(Measurement measured) throws IOException {
    if (measured.ending() instanceof Ending.StoreGone(String why) && measured.requests() == 0) {
      throw new IOException(why);
    }
  }

  private int compare(URI other) throws Exception {
    Credentials credentials = credentials();
    List<Measurement> first = new ArrayList<>();
    List<Measurement> second = new ArrayList<>();
    greet(client.endpoint(), credentials);
    greet(other, versus.credentials(credentials, environment));
    Ending ending;
    try (Interruption interruption = Interruption.awaited(err());
        LoadGenerator a = generator(client.endpoint(), credentials, interruption);
        LoadGenerator b = generator(other, versus.credentials(credentials, environment), interruption)) {
      ending = prepare(a);
      if (ending.isDone()) {
        ending = prepare(b);
      }
      List<Turn> turns = new ArrayList<>(Turn.ofRounds(versus.rounds()));
      while (ending.isDone() && !turns.isEmpty()) {
        Turn turn = turns.removeFirst();
        LoadGenerator generator = turn.side() == Turn.Side.A ? a : b;
        if (!turn.isMeasured()) {
          ending = warmUp(generator);
          continue;
        }
        Measurement measured = measure(generator, turn.side() == Turn.Side.A ? serverPid : versus.serverPid());
        ending = measured.ending();
        if (ending.isDone()) {
          (turn.side() == Turn.Side.A ? first : second).add(measured);
        }
      }
    }
    return tell(other, new Rounds(first, second).whole(), ending);
  }

  /// What was measured in turn.
  private record Rounds(List<Measurement> first, List<Measurement> second) {
    /// Those in which both had their turn.
    Rounds whole() {
      int count = Math.min(first.size(), second.size());
      return new Rounds(first.subList(0, count), second.subList(0, count));
    }
  }

  private int tell(URI other, Rounds rounds, Ending ending) throws IOException {
    String one = client.endpoint().toString();
    if (rounds.first.isEmpty()) {
      if (ending instanceof Ending.StoreGone(String why)) {
        throw new IOException(why);
      }
      if (json) {
        ObjectNode nothing = JsonNodeFactory.instance.objectNode().put("a", one).put("b", other.toString())
            .put("rounds", 0);
        ending.tell(nothing);
        System.out.println(nothing.toPrettyString());
      } else {
        System.out.println("ended early: " + ending.words() + ", before the first round was over");
      }
      return 1;
    }
    var comparison = new Comparison(rounds.first, rounds.second);
    if (json) {
      ObjectNode document = comparison.toJson(one, other.toString());
      ending.tell(document);
      System.out.println(document.toPrettyString());
    } else {
      System.out.print(comparison.toText(one, other.toString())
          + (ending.isDone() ? "" : "ended early: " + ending.words() + "\n"));
    }
    Map<String, Measurement> last = new LinkedHashMap<>();
    last.put("A " + one + ", last round", rounds.first.getLast());
    last.put("B " + other + ", last round", rounds.second.getLast());
    writePage(last);
    return comparison.hasFailures() || !ending.isDone() ? 1 : 0;
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  private Optional<ClientTls> tls(URI endpoint) throws IOException {
    return endpoint.equals(client.endpoint())
        ? client.tls(environment)
        : client.tls(endpoint, versus.alias(environment), environment);
  }

  private LoadGenerator generator(URI endpoint, Credentials credentials, Interruption interruption)
      throws IOException {
    return new LoadGenerator(endpoint, tls(endpoint), credentials, client.region(), threads,
        new RequestBodies(sizes), interruption);
  }

  /// Makes the bucket by one request whose refusal can be told in words: what the load's many connections meet would
  /// only be counted, and tried again for long.
  ///
  /// @throws IOException if nobody answers, or not to these keys
  private void greet(URI endpoint, Credentials credentials) throws IOException, InterruptedException {
    try (HttpClient http = S3Client.http(tls(endpoint))) {
      HttpResponse<byte[]> answer = new S3Client(http, endpoint, credentials, client.region()).sendFirst("PUT",
          "/" + bucket);
      Optional<String> refused = KeyRefusal.text(endpoint.toString(), credentials, S3Client.code(answer));
      if (refused.isPresent()) {
        throw new IOException(refused.get());
      }
      boolean isThere = answer.statusCode() == ALREADY_THERE; // ours, or another's, which the first request tells
      if (answer.statusCode() >= BAD_REQUEST && !isThere) {
        throw new IOException("the bucket " + bucket + " could not be made at " + endpoint + ": "
            + S3Client.refusal(answer));
      }
      String body = S3Client.text(answer);
      if (!body.isBlank() && !body.startsWith("<?xml")) {
        throw new IOException("what answers at " + endpoint + " is no S3 store: name the URL that the server's ready "
            + "line says after s3= with --endpoint");
      }
    }
  }

  /// Makes the bucket, and the objects that the workload reads.
  ///
  /// @throws IOException if the store refuses them
  private Ending prepare(LoadGenerator generator) throws Exception {
    try (Progress progress = progress("bucket", 1)) {
      generator.runCount(_ -> new Workload.Request("PUT", "/" + bucket, "", 0), 1, 1, progress);
    }
    boolean reads = workload != Workload.Kind.PUT && workload != Workload.Kind.DELETE;
    return reads && !prepared ? writeObjects(generator) : new Ending.Done();
  }

  private Ending writeObjects(LoadGenerator generator) throws Exception {
    try (Progress progress = progress("write objects", objects)) {
      LoadGenerator.Load written = generator.runCount(load(Workload.Kind.PUT)::next, clients, objects, progress);
      if (written.ending().isDone() && written.meter().requests() < objects) {
        throw new IOException("the objects for the measurement could not be written: the store answered with these"
            + " statuses, so often each: " + written.meter().failures());
      }
      return written.ending();
    }
  }

  private Progress progress(String what, long total) {
    return Progress.of(what, total, Progress.Unit.THINGS, err());
  }

  private Workload load(Workload.Kind kind) {
    return new Workload(kind, bucket, objects, prefixes, new Workload.Page(page, grouped), sizes);
  }

  /// What deletes finds nothing a second time, so it is warmed up with objects of its own, if it may write them.
  private Ending warmUp(LoadGenerator generator) throws Exception {
    if (workload == Workload.Kind.DELETE) {
      return prepared || warmupSeconds == 0 ? new Ending.Done() : measure(generator, 0).ending();
    }
    try (Progress progress = progress("warm up", 0)) {
      return generator.runFor(load(workload)::next, clients, warmupSeconds * 1_000_000_000L, progress).ending();
    }
  }

  private Measurement measure(LoadGenerator generator, long pid) throws Exception {
    if (workload == Workload.Kind.DELETE && !prepared) {
      Ending written = writeObjects(generator);
      if (!written.isDone()) {
        return Measurement.nothing(written);
      }
    }
    long requests = workload == Workload.Kind.DELETE ? objects : count;
    ServerCpu before = pid > 0 ? ServerCpu.read(pid) : ServerCpu.UNKNOWN;
    try (Progress progress = progress(workload.name().toLowerCase(Locale.ROOT), requests)) {
      LoadGenerator.Load load = run(generator, requests, progress);
      // of a server that is gone nobody knows it any more
      ServerCpu after = pid > 0 && load.ending().isDone() ? ServerCpu.read(pid) : before;
      return Measurement.of(load, after.secondsSince(before), after.residentBytes());
    }
  }

  private LoadGenerator.Load run(LoadGenerator generator, long requests, Progress progress) throws Exception {
    Workload load = load(workload);
    if (requests > 0) {
      return generator.runCount(load::next, clients, requests, progress);
    }
    long nanos = seconds * 1_000_000_000L;
    return html.isPresent()
        ? generator.runTimed(load::next, clients, nanos, progress)
        : generator.runFor(load::next, clients, nanos, progress);
  }

  private void writePage(Map<String, Measurement> runs) throws IOException {
    if (html.isPresent()) {
      String title = "hayloft bench " + workload.name().toLowerCase(Locale.ROOT) + ", " + sizeText() + " B, " + clients
          + " clients";
      HalfWritten.replace(html.get(), new LatencyPage(title, runs).html());
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
            + "p99.9 %6.0f  max %7.0f us  server %7.1f us/request, RSS %.0f MiB  failures %s%s%n",
        name, sizeText(), clients,
        measured.requests(), measured.perSecond(), measured.mibPerSecond(), measured.micros(50), measured.micros(90),
        measured.micros(99), measured.micros(99.9), measured.maxMicros(), measured.cpuMicros(), residentMiB,
        measured.failures(), measured.ending().isDone() ? "" : "  ended early: " + measured.ending().words());
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
    measured.ending().tell(row);
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
