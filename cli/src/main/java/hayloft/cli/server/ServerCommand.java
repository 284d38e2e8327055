package hayloft.cli.server;

import hayloft.cli.ByteSize;
import hayloft.cli.ProgramVersion;
import hayloft.common.Durability;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import hayloft.filer.gc.CollectorConfig;
import hayloft.volume.compaction.CompactionConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft server`: reads the flags and runs the server until it is told to stop.
@Command(name = "server", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false, usageHelpAutoWidth = true, description = {
    "Run the whole store in one process: S3, master, volumes and catalog.",
    ""}, optionListHeading = "%nOptions:%n", footer = {"",
        "Credentials come from the environment: HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, or",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. Without them",
        "root credentials are generated once, kept in DIR/credentials.json and printed on standard error.", "",
        "Secrets in the store are sealed with a key: HAYLOFT_STORE_KEY (32 bytes, hex or base64), or else",
        "DIR/store.key, which is made at the first start. Without that key they cannot be read: back it up.", "",
        "HAYLOFT_VOLUME_SECRET makes the volume port ask for signed tokens. HAYLOFT_LOG sets the log level (info).",
        "HAYLOFT_JAVA_HEAP (128m) and HAYLOFT_DIRECT_MEMORY (160m) bound the memory.", "",
        "When it is ready to serve it prints one line on standard output; logs go to standard error. SIGTERM and",
        "SIGINT end it gracefully; nothing that was acknowledged is lost by ending it in any other way.", "",
        "Examples:",
        "  hayloft server --dir /srv/hayloft",
        "  hayloft server --dir /mnt/nvme0 --dir /mnt/nvme1 --durability os --min-free 20GB",
        "  hayloft server --dir data --bind 127.0.0.1 --s3-port 0 --master-port 0 --volume-port 0 --filer-port 0"})
public final class ServerCommand implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--dir", paramLabel = "DIR", required = true, description = {
      "Data directory; made if it is missing. Repeat it for several disks: volumes are spread over all, catalog and keys are in the first."})
  private List<Path> directories = new ArrayList<>();

  @Option(names = "--bind", paramLabel = "ADDR", defaultValue = "", description = "Address of all ports. Default: S3 on 0.0.0.0, the others on 127.0.0.1.")
  private String bind = "";

  @Option(names = "--s3-port", paramLabel = "N", defaultValue = "8333", description = "Port of S3; 0 for any free one (default: ${DEFAULT-VALUE}).")
  private int s3Port;

  @Option(names = "--master-port", paramLabel = "N", defaultValue = "9333", description = "Port of the master: volume ids, topology (default: ${DEFAULT-VALUE}).")
  private int masterPort;

  @Option(names = "--volume-port", paramLabel = "N", defaultValue = "8080", description = "Port of the volume server, for programs that keep file ids themselves (default: ${DEFAULT-VALUE}).")
  private int volumePort;

  @Option(names = "--filer-port", paramLabel = "N", defaultValue = "8888", description = "Port of the catalog: health (default: ${DEFAULT-VALUE}).")
  private int filerPort;

  @Option(names = "--durability", paramLabel = "fsync|os", defaultValue = "fsync", description = {
      "When a write is acknowledged: fsync, after it is on the disk; os, after it is in the page cache (survives a kill, not a power cut). Default: ${DEFAULT-VALUE}."})
  private String durability = "fsync";

  @Option(names = "--users", paramLabel = "FILE", description = {
      "Users to create at start if they are absent, as JSON: [{\"id\", \"displayName\", \"accessKey\", \"secretKey\", \"admin\": true|false}]."})
  private Optional<Path> users = Optional.empty();

  @Option(names = "--min-free", paramLabel = "SIZE", description = "Free space of each disk that writes leave alone (default: 1GB, or 5 % of the smallest disk if that is less).")
  private Optional<String> minFree = Optional.empty();

  @Option(names = "--volume-limit", paramLabel = "SIZE", defaultValue = "30GB", description = "Size at which a volume is full and the next one is opened, 1MiB to 32GiB (default: ${DEFAULT-VALUE}).")
  private String volumeLimit = "30GB";

  @Option(names = "--domain", paramLabel = "HOST", description = {
      "Host name for virtual-host style: BUCKET.HOST is a bucket. May be repeated. Path style always works."})
  private List<String> domains = new ArrayList<>();

  @Option(names = "--region", paramLabel = "NAME", defaultValue = "us-east-1", description = "Region that the store says it is in (default: ${DEFAULT-VALUE}).")
  private String region = "us-east-1";

  @Option(names = "--max-connections", paramLabel = "N", defaultValue = "16384", description = "Client connections on the S3 port; further ones are answered 503 (default: ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Option(names = "--compact-dead", paramLabel = "PERCENT", defaultValue = "30", description = "Compact a volume when so much of it is dead (default: ${DEFAULT-VALUE}).")
  private int compactDeadPercent;

  @Option(names = "--compact-min", paramLabel = "SIZE", defaultValue = "16MiB", description = "… and at least this much (default: ${DEFAULT-VALUE}).")
  private String compactMin = "16MiB";

  @Option(names = "--compact-every", paramLabel = "SECONDS", defaultValue = "30", description = "How often volumes are looked at for that; 0 for never (default: ${DEFAULT-VALUE}).")
  private int compactEverySeconds;

  @Option(names = "--collect-after", paramLabel = "SECONDS", defaultValue = "30", description = "How long after it was overwritten or deleted something becomes dead space (default: ${DEFAULT-VALUE}).")
  private int collectAfterSeconds;

  @Option(names = "--no-signature-v2", description = "Refuse requests signed with the old Signature Version 2.")
  private boolean noSignatureV2;

  @Option(names = "--require-store", description = "Refuse to start when the directories hold no store yet, instead of making one. For disks that may not be mounted.")
  private boolean requireStore;

  @Option(names = "--exit-when-ready", hidden = true, description = "Stop as soon as everything is open: the build records such a start.")
  private boolean exitWhenReady;

  @Override
  public Integer call() throws IOException, InterruptedException {
    ServerConfig config = config(System.getenv());
    return exitWhenReady ? ServerProcess.tryOut(config, System.getenv()) : ServerProcess.run(config, System.getenv());
  }

  ServerConfig config(Map<String, String> environment) {
    try {
      return new ServerConfig(directories, requireStore ? WhenEmpty.REFUSE : WhenEmpty.CREATE,
          address("0.0.0.0", "--s3-port", s3Port), address("127.0.0.1", "--master-port", masterPort),
          address("127.0.0.1", "--volume-port", volumePort), address("127.0.0.1", "--filer-port", filerPort),
          Durability.parse(durability), users, minFree.map(text -> size("--min-free", text)),
          size("--volume-limit", volumeLimit),
          domains,
          region, maxConnections, !noSignatureV2, Optional.ofNullable(environment.get("HAYLOFT_VOLUME_SECRET")),
          new CompactionConfig(compactDeadPercent / 100.0, size("--compact-min", compactMin),
              CompactionConfig.DEFAULTS.bytesPerSecond(), Duration.ofSeconds(compactEverySeconds)),
          CollectorConfig.DEFAULTS.after(Duration.ofSeconds(collectAfterSeconds)));
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "" + e.getMessage(), e);
    }
  }

  private InetSocketAddress address(String byDefault, String flag, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(flag + " must be between 0 and 65535, got " + port);
    }
    String host = bind.isEmpty() ? byDefault : bind;
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("--bind: " + host + " is no address of this machine", e);
    }
  }

  private static long size(String flag, String text) {
    try {
      return ByteSize.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(flag + ": " + e.getMessage(), e);
    }
  }
}
