package hayloft.cli.admin;

import hayloft.cli.config.Allowed;
import hayloft.cli.config.SettingGroup;
import hayloft.cli.config.Unfit;
import hayloft.volume.scrub.ScrubConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/// The mixin with the settings of the admin port and of scrubbing.
@SettingGroup("Administration")
public final class AdminOptions {

  @Option(names = "--admin-port", paramLabel = "N", defaultValue = "auto", converter = PortOrAuto.class,
      description = "Port that hayloft shell talks to; 0 takes any free one. auto: 9334, or any free one if that is "
          + "taken or the master has any free port; the ready line tells which (default: "
          + "${DEFAULT-VALUE}).")
  private OptionalInt adminPort = OptionalInt.empty();

  @Option(names = "--admin-bind", paramLabel = "ADDR", defaultValue = "127.0.0.1", converter = Allowed.Address.class,
      description = "Address of the admin port; --bind does not change it. Bind it to other addresses with TLS only "
          + "(default: ${DEFAULT-VALUE}).")
  private @Nullable InetAddress adminBind;

  @Option(names = "--admin-log", paramLabel = "FILE", converter = Allowed.LogFile.class,
      description = "Audit log: a line of JSON for every action of an "
          + "administrator. May be rotated at any time. Default: admin.log in the first data directory.")
  private Optional<Path> adminLog = Optional.empty();

  @Option(names = "--scrub-period", paramLabel = "TIME", defaultValue = "30d", converter = Allowed.Period.class,
      description = "Read and verify every needle at least this often, in the background: 12h, 30d; 0 for never "
          + "(default: ${DEFAULT-VALUE}).")
  private Duration scrubPeriod = ScrubConfig.DEFAULTS.period();

  @Option(names = "--scrub-rate", paramLabel = "SIZE", defaultValue = "20MiB", converter = Rate.class,
      description = "Bytes a second that it may read from each data directory for that (default: ${DEFAULT-VALUE}).")
  private long scrubBytesPerSecond = ScrubConfig.DEFAULTS.bytesPerSecond();

  /// @param masterPort as it was asked for: 0 for any free one
  public AdminConfig admin(int masterPort) {
    InetAddress bind = adminBind;
    int usual = masterPort == 0 ? 0 : AdminConfig.USUAL_PORT;
    int port = adminPort.orElse(usual);
    return new AdminConfig(
        bind == null ? new InetSocketAddress("127.0.0.1", port) : new InetSocketAddress(bind, port),
        adminPort.isEmpty(), adminLog);
  }

  public ScrubConfig scrub() {
    return new ScrubConfig(scrubPeriod, scrubBytesPerSecond);
  }

  static final class PortOrAuto implements ITypeConverter<OptionalInt> {
    @Override
    public OptionalInt convert(String text) {
      return text.equals("auto")
          ? OptionalInt.empty()
          : OptionalInt.of((int) Allowed.number("auto or a port from 0 to 65535", text, 0, 65_535));
    }
  }

  static final class Rate implements ITypeConverter<Long> {
    @Override
    public Long convert(String text) {
      long bytes = Allowed.size(text);
      if (bytes <= 0) {
        throw new Unfit("a size above 0, such as 20MiB", text);
      }
      return bytes;
    }
  }
}
