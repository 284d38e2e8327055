package hayloft.cli.shell;

import hayloft.cli.config.Configuration;
import hayloft.cli.config.Source;
import hayloft.common.http.HostAndPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// Where the admin port is that a shell talks to, and how that is known. Immutable.
///
/// @param from for people: `--endpoint`, a variable, a line of the file, or `default`
/// @param certificate file with the certificate that the server of this machine shows, if its settings name one
record AdminPlace(URI endpoint, String from, Optional<Path> certificate) {

  private static final int USUAL_PORT = 9334;
  private static final Pattern PORT = Pattern.compile("\\d{1,5}");

  /// The endpoint, and how it is known unless nobody said anything.
  String told() {
    return endpoint + (from.equals("default") ? "" : ", from " + from);
  }

  /// @param named what the shell's own setting says
  /// @throws ParameterException if the server's settings name no place that can be asked
  static AdminPlace find(Optional<URI> named, CommandLine command, Configuration configuration) {
    if (named.isPresent()) {
      Source source = configuration.source("admin-endpoint");
      return new AdminPlace(named.get(), source instanceof Source.Flag ? "--endpoint" : source.text(),
          Optional.empty());
    }
    Optional<Configuration.Setting> port = configuration.ofOthers("admin-port");
    Optional<Configuration.Setting> bind = configuration.ofOthers("admin-bind");
    Optional<Configuration.Setting> certificate = configuration.ofOthers("tls-cert");
    var address = new InetSocketAddress(reachable(bind, command), port.map(said -> number(said, command))
        .orElse(USUAL_PORT));
    String from = port.or(() -> bind).or(() -> certificate).map(said -> said.source().text()).orElse("default");
    return new AdminPlace(
        URI.create((certificate.isPresent() ? "https://" : "http://") + HostAndPort.of(address)), from,
        certificate.map(said -> Path.of(said.values().getFirst())));
  }

  private static int number(Configuration.Setting port, CommandLine command) {
    String text = port.values().getFirst().strip();
    if (text.equals("auto")) {
      return USUAL_PORT;
    }
    if (!PORT.matcher(text).matches() || Integer.parseInt(text) > 65_535) {
      throw new ParameterException(command,
          port.source().written(port.key()) + " must be auto or a port from 0 to 65535, got " + text);
    }
    if (Integer.parseInt(text) == 0) {
      throw new ParameterException(command, port.source().written(port.key())
          + " is 0, any free one: name the admin port of the server's ready line with --endpoint");
    }
    return Integer.parseInt(text);
  }

  /// A port on all addresses is reached on the loopback.
  private static InetAddress reachable(Optional<Configuration.Setting> bind, CommandLine command) {
    String text = bind.map(said -> said.values().getFirst().strip()).orElse("127.0.0.1");
    try {
      InetAddress address = InetAddress.getByName(text);
      return address.isAnyLocalAddress() ? InetAddress.getByName("127.0.0.1") : address;
    } catch (UnknownHostException e) {
      throw new ParameterException(command, bind.map(said -> said.source().written(said.key())).orElse("admin-bind")
          + " must be an address of this machine or a name that resolves to one, got " + text, e);
    }
  }
}
