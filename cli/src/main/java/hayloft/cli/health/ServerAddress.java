package hayloft.cli.health;

import hayloft.common.tls.ClientTls;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.SettingGroup;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The mixin with those settings of the server that tell where it listens. They are the server's own, so one
/// environment or file serves both.
@SettingGroup("Server")
final class ServerAddress {

  @Option(names = "--bind", paramLabel = "ADDR", converter = Allowed.Address.class, description = "As the server has "
      + "it. Without it the server is asked on 127.0.0.1.")
  private @Nullable InetAddress bind;

  @Option(names = "--s3-port", paramLabel = "N", defaultValue = "8333", converter = Allowed.Port.class,
      description = "As the server has it (default: ${DEFAULT-VALUE}).")
  private int s3Port = 8333;

  @Option(names = "--master-port", paramLabel = "N", defaultValue = "9333", converter = Allowed.Port.class,
      description = "As the server has it, for --json; so are the other ports (default: ${DEFAULT-VALUE}).")
  private int masterPort = 9333;

  @Option(names = "--volume-port", paramLabel = "N", defaultValue = "8080", converter = Allowed.Port.class,
      description = "As the server has it (default: ${DEFAULT-VALUE}).")
  private int volumePort = 8080;

  @Option(names = "--filer-port", paramLabel = "N", defaultValue = "8888", converter = Allowed.Port.class,
      description = "As the server has it (default: ${DEFAULT-VALUE}).")
  private int filerPort = 8888;

  @Option(names = "--tls-cert", paramLabel = "FILE", converter = Allowed.CertificateFile.class,
      description = "As the server has it: with a certificate it is asked over TLS. Whatever certificate answers is "
          + "taken.")
  private Optional<Path> tlsCertificate = Optional.empty();

  /// Whom to believe to be the server, if it speaks TLS: anybody, since a certificate names no loopback address and the
  /// question is no secret.
  Optional<ClientTls> tls() {
    return tlsCertificate.map(_ -> ClientTls.trustingAnybody());
  }

  /// Where the server of this machine can be reached: a server on all addresses is reached on the loopback.
  ///
  /// @throws IllegalArgumentException if the server takes any free port
  InetSocketAddress reachable() {
    if (s3Port == 0) {
      throw new IllegalArgumentException("s3-port is 0, any free one: name the port of the server's ready line");
    }
    return at(s3Port);
  }

  /// The other roles by name that can be asked, those with any free port left out. The admin port is none of them:
  /// which it is depends on what else runs on the machine.
  Map<String, InetSocketAddress> otherRoles() {
    Map<String, InetSocketAddress> roles = new LinkedHashMap<>();
    roles.put("master", at(masterPort));
    roles.put("volume", at(volumePort));
    roles.put("filer", at(filerPort));
    roles.values().removeIf(address -> address.getPort() == 0);
    return roles;
  }

  private InetSocketAddress at(int port) {
    InetAddress bound = bind;
    return bound == null || bound.isAnyLocalAddress()
        ? new InetSocketAddress("127.0.0.1", port)
        : new InetSocketAddress(bound, port);
  }
}
