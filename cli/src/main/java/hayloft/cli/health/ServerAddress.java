package hayloft.cli.health;

import hayloft.common.tls.ClientTls;
import java.nio.file.Path;
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
    InetAddress bound = bind;
    return bound == null || bound.isAnyLocalAddress()
        ? new InetSocketAddress("127.0.0.1", s3Port)
        : new InetSocketAddress(bound, s3Port);
  }
}
