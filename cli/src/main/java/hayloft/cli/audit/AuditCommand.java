package hayloft.cli.audit;

import hayloft.cli.client.S3Client;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.cli.Ending;
import hayloft.cli.Interruption;
import hayloft.cli.ProgramVersion;
import hayloft.cli.client.ClientOptions;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.KeyRefusal;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.progress.Progress;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft audit`.
@Command(name = "audit", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Proves that a store loses nothing. First it writes: many clients put, overwrite, upload in parts and delete, "
            + "and a log file gets "
            + "every acknowledgement. Meanwhile kill the store, cut its power, fill its disk. Then, with --verify, "
            + "everything that was "
            + "acknowledged is read back and compared byte for byte, and a certificate says what was proved. What was "
            + "under way when the "
            + "store went away may be there or not, but only whole. At ^C either ends early and says what there is so "
            + "far.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {
        "0:written as asked; or, with --verify, nothing is lost",
        "1:the store went away or refused, or it was interrupted; or, with --verify, something is lost, or could not "
            + "be verified",
        "2:wrong usage"},
    footer = {"", "Examples:",
        "  hayloft audit --log acks.log --clients 16 --seconds 60     and meanwhile: kill -9 of the server",
        "  hayloft audit --log acks.log --ride-out 120                goes on when the server is back",
        "  hayloft audit --verify --log acks.log"})
public final class AuditCommand implements Callable<Integer>, Configurable {

  /// What is under way may still be answered.
  private static final Duration GRACE = Duration.ofSeconds(2);

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--verify", description = "Verify a log instead of writing one.")
  private boolean verify;

  @Option(names = "--log", required = true, paramLabel = "FILE", description = "The log. A new run wants a new one.")
  private Path log = Path.of("");

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ClientOptions client = new ClientOptions();

  @Option(names = "--bucket", paramLabel = "NAME", defaultValue = "audit", description = "Made if it is absent "
      + "(default: ${DEFAULT-VALUE}).")
  private String bucket = "audit";

  @Option(names = "--clients", paramLabel = "N", defaultValue = "8", converter = Allowed.Count.class,
      description = "Writers, or readers with --verify (default: ${DEFAULT-VALUE}).")
  private int clients = 8;

  @Option(names = "--keys", paramLabel = "N", defaultValue = "100", converter = Allowed.Count.class,
      description = "Keys of each client: fewer are overwritten more often (default: ${DEFAULT-VALUE}).")
  private int keys = 100;

  @Option(names = "--size-from", paramLabel = "SIZE", defaultValue = "0", converter = Allowed.Size.class,
      description = "Smallest object (default: ${DEFAULT-VALUE}) …")
  private long leastBytes;

  @Option(names = "--size-to", paramLabel = "SIZE", defaultValue = "256KiB", converter = Allowed.Size.class,
      description = "… and largest, 16MiB at most; multipart uploads have 5MiB more (default: ${DEFAULT-VALUE}).")
  private long mostBytes = 256 << 10;

  @Option(names = "--deletes", paramLabel = "PERCENT", defaultValue = "15", converter = Share.class,
      description = "Share of deletes (default: ${DEFAULT-VALUE}).")
  private int deletePercent = 15;

  @Option(names = "--multiparts", paramLabel = "PERCENT", defaultValue = "1", converter = Share.class,
      description = "Share of multipart uploads (default: ${DEFAULT-VALUE}).")
  private int multipartPercent = 1;

  @Option(names = "--seconds", paramLabel = "N", defaultValue = "60", converter = Allowed.Count.class,
      description = "How long (default: ${DEFAULT-VALUE}).")
  private int seconds = 60;

  @Option(names = "--count", paramLabel = "N", defaultValue = "0", converter = Allowed.Seconds.class,
      description = "Steps after which to end before that; 0 for no bound.")
  private int count;

  @Option(names = "--ride-out", paramLabel = "SECONDS", defaultValue = "0", converter = Allowed.Seconds.class,
      description = "How long the store may be away until the run ends (default: ${DEFAULT-VALUE}).")
  private int rideOutSeconds;

  @Option(names = "--seed", paramLabel = "N", description = "What is done, and the contents, follow from it (default: "
      + "a new one).")
  private Optional<Long> seed = Optional.empty();

  @Option(names = "--sync-log", description = "Sync the log before each request and after each answer: for when the "
      + "power of this machine is cut as well.")
  private boolean syncLog;

  @Option(names = "--json", description = "JSON instead of text.")
  private boolean json;

  private Map<String, String> environment = Map.of();

  static final class Share implements picocli.CommandLine.ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      return (int) Allowed.number("a percentage from 0 to 50", text, 0, 50);
    }
  }

  @Override
  public void configured(Configuration configuration) {
    environment = configuration.environment();
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Credentials credentials;
    try {
      credentials = client.credentials(environment);
      requireSizes();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    try (HttpClient http = S3Client.http(client.tls(environment))) {
      return verify ? verify(http, credentials) : write(http, credentials);
    }
  }

  private void requireSizes() {
    if (leastBytes > mostBytes || mostBytes > 16 << 20) {
      throw new IllegalArgumentException("--size-from must not be above --size-to, nor this above 16MiB");
    }
  }

  private S3Client newClient(HttpClient http, Credentials credentials) {
    return new S3Client(http, client.endpoint(), credentials, client.region());
  }

  private int write(HttpClient http, Credentials credentials) throws IOException, InterruptedException {
    if (Files.exists(log)) {
      throw new ParameterException(spec.commandLine(), log + " exists already: a new run wants a new log");
    }
    S3Client door = newClient(http, credentials);
    HttpResponse<byte[]> made = door.sendFirst("PUT", "/" + bucket);
    if (made.statusCode() != 200 && made.statusCode() != 409) {
      throw new IOException(KeyRefusal.text(client.endpoint().toString(), credentials, S3Client.code(made))
          .orElseGet(() -> "bucket " + bucket + " could not be made: " + S3Client.refusal(made)));
    }
    long chosen = seed.orElseGet(() -> new SecureRandom().nextLong() >>> 1);
    long now = InstantSource.system().millis();
    var run = new Entry.Run(chosen, bucket, "audit-" + Long.toHexString(chosen) + "-" + now, clients, now);
    var mix = new AuditLoad.Mix(keys, (int) leastBytes, (int) mostBytes, deletePercent, multipartPercent);
    PrintWriter err = spec.commandLine().getErr();
    AuditRun running;
    try (Interruption interruption = Interruption.awaited(err);
        var acks = new AckLog(log, syncLog);
        Progress progress = Progress.of("audit", count, Progress.Unit.THINGS, err)) {
      acks.append(run);
      List<AuditLoad> loads = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        loads.add(new AuditLoad(i, run, mix, newClient(http, credentials), acks, InstantSource.system()));
      }
      running = new AuditRun(loads, door, bucket, new AuditRun.Limits(Duration.ofSeconds(seconds), count,
          Duration.ofSeconds(rideOutSeconds)), progress);
      interruption.afterwards(Duration.ZERO, running::interrupt);
      interruption.afterwards(GRACE, http::shutdownNow); // their outcome is open, and the log says so
      running.run();
      acks.append(new Entry.End(InstantSource.system().millis()));
    }
    report(running, chosen);
    return ending(running).isDone() && running.refused() == 0 ? 0 : 1;
  }

  private Ending ending(AuditRun run) {
    if (run.isInterrupted()) {
      return new Ending.Interrupted();
    }
    return run.isStoreGone()
        ? new Ending.StoreGone("the store stopped answering at " + client.endpoint())
        : new Ending.Done();
  }

  private void report(AuditRun run, long chosen) {
    PrintWriter out = spec.commandLine().getOut();
    String rate = String.format(Locale.ROOT, "%.0f", run.acknowledged() / run.seconds());
    if (json) {
      // a seed is no amount, and may be more than programs can count with
      ObjectNode result = JsonNodeFactory.instance.objectNode().put("seed", Long.toString(chosen))
          .put("acknowledged", run.acknowledged()).put("refused", run.refused()).put("open", run.open())
          .put("perSecond", Math.round(run.acknowledged() / run.seconds())).put("storeGone", run.isStoreGone());
      ending(run).tell(result);
      out.println(result);
    } else {
      out.println("seed " + chosen + ": " + run.acknowledged() + " acknowledged (" + rate + "/s), " + run.refused()
          + " refused, " + run.open() + " without an answer"
          + (run.isInterrupted() ? "; interrupted" : run.isStoreGone() ? "; the store stopped answering" : ""));
      out.println("to verify: hayloft audit --verify --log " + log + " --endpoint " + client.endpoint());
    }
    out.flush();
  }

  private int verify(HttpClient http, Credentials credentials) throws IOException, InterruptedException {
    AckLog.Read read = AckLog.read(log);
    Expectations expected = new Expectations(read.entries());
    Proof proof;
    PrintWriter err = spec.commandLine().getErr();
    try (Interruption interruption = Interruption.awaited(err);
        Progress progress = Progress.of("verify", expected.keys().size(), Progress.Unit.THINGS, err)) {
      interruption.afterwards(GRACE, http::shutdownNow);
      proof = Proof.of(expected, () -> newClient(http, credentials), clients, () -> progress.add(1),
          interruption::hasCome);
    }
    Certificate certificate = Certificate.of(log, read.torn(), client.endpoint(), Instant.now(), proof);
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? certificate.toJson().toPrettyString() + "\n" : certificate.toText());
    out.flush();
    return certificate.isWhole() ? 0 : 1;
  }
}
