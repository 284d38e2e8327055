package hayloft.common.http;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;

/// Writes where a port is reached from its own machine, as URLs have it
/// ([RFC 3986 section 3.2.2](https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2)).
public final class HostAndPort {

  private HostAndPort() {}

  /// `10.0.0.1:8333`, `[::1]:8333`; loopback for one that listens on every address.
  ///
  /// @param address resolved
  public static String of(InetSocketAddress address) {
    if (address.getAddress().isAnyLocalAddress()) {
      return "127.0.0.1:" + address.getPort();
    }
    String host = NetUtil.toAddressString(address.getAddress());
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
