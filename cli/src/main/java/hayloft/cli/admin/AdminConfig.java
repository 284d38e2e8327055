package hayloft.cli.admin;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/// The admin port. Immutable.
///
/// @param address where it listens; port 0 for any free one
/// @param orAnyPort whether any free port will do if that one is taken
/// @param log the audit log; empty for `admin.log` in the first data directory
public record AdminConfig(InetSocketAddress address, boolean orAnyPort, Optional<Path> log) {

  public static final int USUAL_PORT = 9334;

  public static final AdminConfig DEFAULTS = new AdminConfig(new InetSocketAddress("127.0.0.1", USUAL_PORT), true,
      Optional.empty());

  /// Whether what administrators ask and are told can be read on its way between machines.
  ///
  /// @param tls whether the ports have it
  public boolean isInClear(boolean tls) {
    return !tls && !address.getAddress().isLoopbackAddress();
  }
}
