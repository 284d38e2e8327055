package hayloft.cli.bench;

import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Unfit;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;
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
    "Drives an S3 endpoint and prints requests per second, latencies and, with --server-pid, the server's CPU time per request.",
    "Reading workloads first write the objects that they read. Each client has one request under way at a time. What was answered 503, or",
    "broken off, is sent again after a pause, and counted among the failures by its status, 0 for broken off."})
public final class BenchCommand implements Callable<Integer>, Configurable {

  private static final long MOST_OBJECT_BYTES = 1 << 30;

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "WORKLOAD", description = "put, get, head, list, delete or mixed (7 of 10 read).")
  private Workload.Kind workload = Workload.Kind.PUT;

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ClientOptions client = new ClientOptions();

  @Option(names = "--bucket", defaultValue = "bench", description = "created if absent; default: ${DEFAULT-VALUE}")
  private String bucket = "bench";

  @Option(names = "--size", defaultValue = "4096", split = ",", paramLabel = "SIZE", converter = ObjectSize.class, description = "of an object: 4096, 4KiB, 1MiB; several, separated by commas, are taken in turn; default: ${DEFAULT-VALUE}")
  private List<Integer> sizes = List.of();

  @Option(names = "--clients", defaultValue = "16", description = "default: ${DEFAULT-VALUE}")
  private int clients = 16;

  @Option(names = "--objects", defaultValue = "10000", description = "objects that reading workloads choose from; default: ${DEFAULT-VALUE}")
  private long objects = 10_000;

  @Option(names = "--page", defaultValue = "1000", description = "keys per listing; default: ${DEFAULT-VALUE}")
  private int page = 1000;

  @Option(names = "--seconds", defaultValue = "10", description = "measured time; default: ${DEFAULT-VALUE}")
  private int seconds = 10;

  @Option(names = "--count", defaultValue = "0", description = "measure this many requests instead of a time")
  private long count;

  @Option(names = "--warmup", defaultValue = "5", description = "seconds not measured, first; default: ${DEFAULT-VALUE}")
  private int warmupSeconds = 5;

  @Option(names = "--threads", defaultValue = "1", description = "event loops of the generator; default: ${DEFAULT-VALUE}")
  private int threads = 1;

  @Option(names = "--server-pid", defaultValue = "0", description = "process whose CPU time is measured (Linux)")
  private long serverPid;

  @Option(names = "--no-prepare", description = "the objects are there already")
  private boolean prepared;

  @Option(names = "--json", description = "one JSON object instead of a table row")
  private boolean json;

  private Map<String, String> environment = Map.of();

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
  }

  @Override
  public Integer call() throws Exception {
    Credentials credentials = credentials();
    try (LoadGenerator generator = new LoadGenerator(client.endpoint(), credentials.accessKey(),
        credentials.secretKey(), client.region(), threads, new RequestBodies(sizes))) {
      generator.runCount(random -> new Workload.Request("PUT", "/" + bucket, "", 0), 1, 1);
      boolean reads = workload != Workload.Kind.PUT;
      if (reads && !prepared) {
        LoadMeter prepare = generator.runCount(new Workload(Workload.Kind.PUT, bucket, objects, page, sizes)::next,
            clients, objects);
        if (prepare.requests() < objects) {
          System.err.println("bench: could not write the objects, statuses " + prepare.failures());
          return 1;
        }
      }
      Workload load = new Workload(workload, bucket, objects, page, sizes);
      long requests = workload == Workload.Kind.DELETE ? objects : count;
      boolean byCount = requests > 0;
      if (!byCount) {
        generator.runFor(load::next, clients, warmupSeconds * 1_000_000_000L);
      }
      ServerCpu before = serverPid > 0 ? ServerCpu.read(serverPid) : new ServerCpu(0, 0, 0);
      long start = System.nanoTime();
      LoadMeter meter = byCount
          ? generator.runCount(load::next, clients, requests)
          : generator.runFor(load::next, clients, seconds * 1_000_000_000L);
      double elapsed = (System.nanoTime() - start) / 1e9;
      ServerCpu after = serverPid > 0 ? ServerCpu.read(serverPid) : new ServerCpu(0, 0, 0);
      print(System.out, meter, elapsed, after.secondsSince(before), after.residentBytes());
      return meter.failures().isEmpty() ? 0 : 1;
    }
  }

  private Credentials credentials() {
    try {
      return client.credentials(environment);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }

  private void print(PrintStream out, LoadMeter meter, double elapsed, double cpuSeconds, long residentBytes) {
    Histogram latency = meter.latencyNanos();
    double cpuMicros = cpuSeconds * 1e6 / Math.max(1, meter.requests());
    String name = workload.name().toLowerCase(Locale.ROOT);
    String format = json
        ? "{\"workload\":\"%s\",\"sizeBytes\":%s,\"clients\":%d,\"requests\":%d,\"requestsPerSecond\":%.1f,\"mibPerSecond\":%.1f,"
            + "\"p50Micros\":%.0f,\"p90Micros\":%.0f,\"p99Micros\":%.0f,\"p999Micros\":%.0f,\"maxMicros\":%.0f,"
            + "\"serverCpuMicrosPerRequest\":%.1f,\"serverRssMiB\":%.0f,\"failures\":\"%s\"}%n"
        : "%-6s %8s B %4d clients  %9d requests %9.1f/s %8.1f MiB/s  p50 %6.0f  p90 %6.0f  p99 %6.0f  p99.9 %6.0f  max %7.0f us"
            + "  server %7.1f us/request, RSS %.0f MiB  failures %s%n";
    String size = sizes.stream().map(String::valueOf).collect(Collectors.joining(","));
    out.printf(Locale.ROOT, format, name, json && sizes.size() > 1 ? "[" + size + "]" : size, clients, meter.requests(),
        meter.requests() / elapsed,
        meter.bytes() / elapsed / (1 << 20), micros(latency, 50), micros(latency, 90), micros(latency, 99),
        micros(latency, 99.9), latency.getMaxValue() / 1e3, cpuMicros, residentBytes / (double) (1 << 20),
        meter.failures());
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

  private static double micros(Histogram latency, double percentile) {
    return latency.getValueAtPercentile(percentile) / 1e3;
  }
}
