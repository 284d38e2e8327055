package hayloft.cli.server;

import hayloft.cli.admin.SecretKeys;
import hayloft.cli.config.Variables;
import hayloft.common.token.FileIdAccess;
import hayloft.common.token.FileTokens;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who may use the ports without signatures. Immutable.
///
/// @param secret that tokens for file ids are signed with
/// @param openFileIds whoever reaches the ports may assign, grow, write and delete
/// @param knownHosts names that those ports are asked for by, besides their addresses
public record PortAccess(Optional<String> secret, boolean openFileIds, List<String> knownHosts) {

  public static final PortAccess DEFAULTS = new PortAccess(Optional.empty(), false, List.of());

  public PortAccess {
    knownHosts = List.copyOf(knownHosts);
    if (openFileIds && secret.isPresent()) {
      throw new IllegalArgumentException("--open-file-ids asks for no token, and " + Variables.VOLUME_SECRET
          + " makes the ports ask for one: give one of the two");
    }
  }

  /// @throws IllegalArgumentException if anybody from elsewhere could change something
  void requireLoopbackIfOpen(Map<String, InetSocketAddress> roles) {
    roles.forEach((role, address) -> {
      if (openFileIds && !address.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException("--open-file-ids lets whoever reaches a port write and delete, and the "
            + role + " port would listen on " + address.getAddress().getHostAddress()
            + ": leave --bind out or give --bind 127.0.0.1, or set " + Variables.VOLUME_SECRET
            + " instead, so that a token is asked for");
      }
    });
  }

  /// Why the secret keeps nobody out: whoever sees one token can try secrets on it. Empty if it does, or if there is
  /// none.
  Optional<String> weakness() {
    return secret.flatMap(SecretKeys::weakness);
  }

  FileIdAccess fileIds(InstantSource clock) {
    if (openFileIds) {
      return new FileIdAccess.Open();
    }
    return secret.<FileIdAccess>map(text -> new FileIdAccess.ByToken(new FileTokens(text, clock)))
        .orElseGet(FileIdAccess.Closed::new);
  }
}
