package hayloft.cli.server;

import hayloft.cli.admin.AdminOptions;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.Refusals;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Unfit;
import hayloft.cli.config.Variables;
import hayloft.cli.logging.LogOptions;
import hayloft.cli.memory.AvailableMemory;
import hayloft.cli.memory.MemoryPlan;
import hayloft.common.Durability;
import hayloft.common.directory.StoreDirectories.WhenEmpty;
import hayloft.common.volume.VolumeSpec;
import hayloft.filer.gc.CollectorConfig;
import hayloft.volume.compaction.CompactionConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// The mixin with the settings of the server. Their descriptions are the table in docs/configuration.md too.
@SettingGroup("Server")
public final class ServerOptions {

  @Option(names = "--dir", paramLabel = "DIR", split = "\n", hideParamSyntax = true,
      converter = Allowed.WritableDirectory.class, description = {
          "Data directory, made if it is missing; required. Repeat it for several disks: volumes are spread over all "
              + "of them; catalog, keys and the master's log lie in the one that was named first when the store was "
              + "made."})
  private List<Path> directories = new ArrayList<>();

  @Option(names = "--bind", paramLabel = "ADDR", converter = Allowed.Address.class, description = "Address of all "
      + "ports. Without it S3 listens on 0.0.0.0 and the others on 127.0.0.1.")
  private @Nullable InetAddress bind;

  @Option(names = "--s3-port", paramLabel = "N", defaultValue = "8333", converter = Allowed.Port.class,
      description = "Port of S3; 0 takes any free one, here and below; the ready line tells which (default: "
          + "${DEFAULT-VALUE}).")
  private int s3Port;

  @Option(names = "--master-port", paramLabel = "N", defaultValue = "9333", converter = Allowed.Port.class,
      description = "Port of the master, volume ids and topology: /dir/assign, /dir/lookup, /dir/status, "
          + "/cluster/status, /vol/grow, /vol/status (default: ${DEFAULT-VALUE}).")
  private int masterPort;

  @Option(names = "--volume-port", paramLabel = "N", defaultValue = "8080", converter = Allowed.Port.class,
      description = "Port for blobs of programs that keep file ids themselves: /{volume},{keycookie}, /status "
          + "(default: ${DEFAULT-VALUE}).")
  private int volumePort;

  @Option(names = "--filer-port", paramLabel = "N", defaultValue = "8888", converter = Allowed.Port.class,
      description = "Port of the catalog; health only so far (default: ${DEFAULT-VALUE}).")
  private int filerPort;

  @Option(names = "--durability", paramLabel = "fsync|os", defaultValue = "fsync", description = {
      "When a write is acknowledged: fsync, after it is on the disk; os, after it is in the page cache (survives a "
          + "killed process, not a power cut). A bucket may have its own. Default: ${DEFAULT-VALUE}."})
  private Durability durability = Durability.FSYNC;

  @Option(names = "--users", paramLabel = "FILE", converter = Allowed.ReadableFile.class, description = {
      "Users to create at start if their id is absent, as JSON: [{\"id\", \"displayName\", \"accessKey\", "
          + "\"secretKey\", \"admin\": true|false}]."})
  private Optional<Path> users = Optional.empty();

  @Option(names = "--min-free", paramLabel = "SIZE", defaultValue = "auto", converter = Allowed.SizeOrAuto.class,
      description = "Free space of each disk that writes leave alone; below it the disk takes no data until there is "
          + "space again; reads and deletes go on, the latter out of this space. auto: 1GB, or 5 %% of the smallest "
          + "disk if that is less (default: ${DEFAULT-VALUE}).")
  private OptionalLong minFreeBytes = OptionalLong.empty();

  @Option(names = "--volume-limit", paramLabel = "SIZE", defaultValue = "auto", converter = VolumeLimit.class,
      description = "Size at which a volume is full and the next one is opened, 2MiB to 32GiB; objects are cut to fit, "
          + "a quarter of it at most. auto: 30GB, or a twentieth of the smallest disk if that is less, so that "
          + "compaction finds room; at least 64MiB (default: ${DEFAULT-VALUE}).")
  private OptionalLong volumeLimitBytes = OptionalLong.empty();

  @Option(names = "--domain", paramLabel = "HOST", split = "\n", hideParamSyntax = true,
      converter = Allowed.Domain.class, description = {
          "Virtual-host style: BUCKET.HOST is a bucket. May be repeated. Path style always works."})
  private List<String> domains = new ArrayList<>();

  @Option(names = "--region", paramLabel = "NAME", defaultValue = "us-east-1", converter = Allowed.Region.class,
      description = "Region that requests are signed for and bucket locations name (default: ${DEFAULT-VALUE}).")
  private String region = "us-east-1";

  @Option(names = "--max-connections", paramLabel = "N", defaultValue = "16384", converter = Allowed.Count.class,
      description = "Client connections on the S3 port; further ones are answered 503 SlowDown and closed. SIGHUP "
          + "changes it (default: ${DEFAULT-VALUE}).")
  private int maxConnections;

  @Option(names = "--memory", arity = "0..1", fallbackValue = MemorySize.LEFT_OUT, paramLabel = "SIZE",
      hideParamSyntax = true, defaultValue = "auto", converter = MemorySize.class, description = "Memory of the whole "
          + "process, page cache of its files included, at least 256MiB; heap, buffers, key store and the rest get "
          + "their parts of it: hayloft config show --memory. auto: the container's limit, or without one half of the "
          + "machine's memory, at most 1GiB (default: ${DEFAULT-VALUE}).")
  private OptionalLong memoryBytes = OptionalLong.empty();

  @Option(names = "--tls-cert", paramLabel = "FILE", converter = Allowed.CertificateFile.class,
      description = "Certificate in PEM, the server's own first, then those that vouch for it: all ports speak TLS and "
          + "nothing else. hayloft cert create makes one. When the file or its key changes, new connections are shown "
          + "the new one.")
  private Optional<Path> tlsCertificate = Optional.empty();

  @Option(names = "--tls-key", paramLabel = "FILE", converter = Allowed.KeyFile.class,
      description = "The certificate's private key in PEM, RSA or EC, without a password.")
  private Optional<Path> tlsKey = Optional.empty();

  @Option(names = "--compact-dead", paramLabel = "PERCENT", defaultValue = "30", converter = Allowed.Percent.class,
      description = "Compact a volume when so much of it is dead … (default: ${DEFAULT-VALUE}).")
  private int compactDeadPercent;

  @Option(names = "--compact-min", paramLabel = "SIZE", defaultValue = "16MiB", converter = Allowed.Size.class,
      description = "… and at least this much, or an eighth of its limit if that is less "
          + "(default: ${DEFAULT-VALUE}).")
  private long compactMinBytes;

  @Option(names = "--compact-every", paramLabel = "SECONDS", defaultValue = "30", converter = Allowed.Seconds.class,
      description = "How often volumes are looked at for that; 0 for never (default: ${DEFAULT-VALUE}).")
  private int compactEverySeconds;

  @Option(names = "--collect-after", paramLabel = "SECONDS", defaultValue = "30", converter = Allowed.Seconds.class,
      description = "How long after it was overwritten or deleted something becomes dead space (default: "
          + "${DEFAULT-VALUE}).")
  private int collectAfterSeconds;

  @Option(names = "--signature-v2", arity = "0..1", fallbackValue = "true", defaultValue = "false",
      paramLabel = "true|false", converter = Allowed.Truth.class, description = "Take requests, presigned URLs and "
          + "forms that are signed with the old Signature Version 2, which covers neither bodies nor most headers; "
          + "without it they are refused (default: ${DEFAULT-VALUE}).")
  private boolean signatureV2;

  @Option(names = "--open-file-ids", arity = "0..1", fallbackValue = "true", defaultValue = "false",
      paramLabel = "true|false", converter = Allowed.Truth.class, description = "Whoever reaches the ports of master "
          + "and volumes may assign file ids, write and delete blobs, without a token. Only where these ports listen "
          + "on loopback; otherwise set HAYLOFT_VOLUME_SECRET. With neither, nobody may (default: ${DEFAULT-VALUE}).")
  private boolean openFileIds;

  @Option(names = "--known-host", paramLabel = "HOST", split = "\n", hideParamSyntax = true,
      converter = Allowed.Domain.class, description = {
          "A name by which the ports of master, volumes, catalog and administrators are asked for, such as that of a "
              + "container. May be repeated. Requests that name another host are refused there, as web pages could "
              + "send them; loopback, the bound address and the certificate's names are known. Behind a "
              + "proxy or a tunnel that listens on another port administrators ask for such a name."})
  private List<String> knownHosts = new ArrayList<>();

  @Option(names = "--require-store", arity = "0..1", fallbackValue = "true", defaultValue = "false",
      paramLabel = "true|false", converter = Allowed.Truth.class, description = "Refuse to start when the directories "
          + "hold no store yet, instead of making one. For disks that may not be mounted (default: ${DEFAULT-VALUE}).")
  private boolean requireStore;

  @Mixin
  private WatchOptions watch = new WatchOptions();

  @Mixin
  private AdminOptions admin = new AdminOptions();

  @Mixin
  private LogOptions logs = new LogOptions();

  public LogOptions logs() {
    return logs;
  }

  Watching watching() {
    return watch.watching();
  }

  /// Files with secrets that [#config] does not name.
  public List<Path> secretFiles() {
    return watch.secretFiles();
  }

  /// As they were named; [#config] refuses if there are none.
  public List<Path> directories() {
    return List.copyOf(directories);
  }

  /// @throws IllegalArgumentException if settings that are fine alone do not go together
  public ServerConfig config(Map<String, String> environment) {
    return config(directories, environment);
  }

  private ServerConfig config(List<Path> stores, Map<String, String> environment) {
    String secret = environment.getOrDefault(Variables.VOLUME_SECRET, "");
    return new ServerConfig(stores, requireStore ? WhenEmpty.REFUSE : WhenEmpty.CREATE,
        address("0.0.0.0", s3Port), address("127.0.0.1", masterPort), address("127.0.0.1", volumePort),
        address("127.0.0.1", filerPort), durability, users, minFreeBytes, volumeLimitBytes, domains, region,
        maxConnections, signatureV2,
        new PortAccess(secret.isEmpty() ? Optional.empty() : Optional.of(secret), openFileIds, knownHosts),
        new CompactionConfig(compactDeadPercent / 100.0, compactMinBytes, CompactionConfig.DEFAULTS.bytesPerSecond(),
            Duration.ofSeconds(compactEverySeconds)),
        CollectorConfig.DEFAULTS.after(Duration.ofSeconds(collectAfterSeconds)), memory(),
        TlsFiles.of(tlsCertificate, tlsKey), admin.admin(masterPort), admin.scrub());
  }

  /// Who gets which part of the memory.
  ///
  /// @throws IllegalArgumentException if there is too little, or less than was asked for
  MemoryPlan memory() {
    if (isMemorySizeLeftOut()) {
      throw new IllegalArgumentException("--memory must be auto or a size such as 512MiB, got nothing");
    }
    return MemoryPlan.of(memoryBytes, AvailableMemory.ofThisProcess());
  }

  /// Whether `--memory` stands alone, with which `config show` asks for the table.
  boolean isMemorySizeLeftOut() {
    return memoryBytes.equals(MemorySize.NONE);
  }

  /// As far as it can be told without a data directory: whether settings that are fine alone go together.
  ///
  /// @throws IllegalArgumentException if they do not
  public void requireConsistent(Map<String, String> environment) {
    config(directories.isEmpty() ? List.of(Path.of("data")) : directories, environment);
    watching();
  }

  /// For other commands than the server, which may do without a data directory.
  ///
  /// @throws ParameterException if settings that are fine alone do not go together
  public void requireFit(CommandLine command, Map<String, String> environment) {
    Refusals.orRefused(command, () -> {
      requireConsistent(environment);
      return true;
    });
  }

  private InetSocketAddress address(String byDefault, int port) {
    InetAddress chosen = bind;
    return chosen == null ? new InetSocketAddress(byDefault, port) : new InetSocketAddress(chosen, port);
  }

  static final class MemorySize implements ITypeConverter<OptionalLong> {
    static final String LEFT_OUT = "?";
    static final OptionalLong NONE = OptionalLong.of(-1);

    @Override
    public OptionalLong convert(String text) {
      return text.equals(LEFT_OUT) ? NONE : new Allowed.SizeOrAuto().convert(text);
    }
  }

  static final class VolumeLimit implements ITypeConverter<OptionalLong> {
    @Override
    public OptionalLong convert(String text) {
      if (text.equals("auto")) {
        return OptionalLong.empty();
      }
      long bytes = Allowed.size(text);
      if (bytes < ServerConfig.LEAST_VOLUME_LIMIT_BYTES || bytes > VolumeSpec.MAX_LIMIT_BYTES) {
        throw new Unfit("auto or a size from 2MiB to 32GiB", text);
      }
      return OptionalLong.of(bytes);
    }
  }
}
