package hayloft.common.http;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The names and addresses under which a port is asked for. A web page that has its own name lead here, to read as if
/// this were its own site, comes with a name that is none of them. Immutable; thread-safe.
///
/// Known are loopback, the address that the port is bound to (any address, but no name, if it is bound to all), and
/// what is configured.
public final class KnownHosts {

  private final InetAddress bound;
  private final Set<String> configured;
  private final Supplier<Stream<String>> certified;

  /// @param configured names or addresses, without ports
  /// @param certified names of the certificate in force; none without TLS. `*.` stands for one label
  public KnownHosts(InetAddress bound, Set<String> configured, Supplier<Stream<String>> certified) {
    this.bound = bound;
    this.configured = configured.stream().map(KnownHosts::plain).collect(Collectors.toUnmodifiableSet());
    this.certified = certified;
  }

  /// @param authority as the field `Host` has it: a name or an address, with or without a port
  public boolean knows(String authority) {
    String host = plain(withoutPort(authority));
    if (host.isEmpty()) {
      return false; // whoever asks for nobody does not know whom it has reached
    }
    if (host.equals("localhost") || configured.contains(host)) {
      return true;
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(host);
    if (bytes == null) {
      return certified.get().map(KnownHosts::plain).anyMatch(name -> isNamed(name, host));
    }
    try {
      InetAddress address = InetAddress.getByAddress(bytes);
      return address.isLoopbackAddress() || bound.isAnyLocalAddress() || bound.equals(address);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of 4 or 16 bytes is one", e);
    }
  }

  /// Whether a request that asks for this cannot be meant for another port of the same host: it names this one. A name
  /// that is configured stands for itself whatever the port, since something before the server may listen on another.
  ///
  /// @param usualPort of the scheme, which is not named
  public boolean isFor(String authority, int port, int usualPort) {
    String host = withoutPort(authority);
    if (configured.contains(plain(host))) {
      return true;
    }
    String named = authority.substring(host.length());
    return named.isEmpty() ? port == usualPort : named.equals(":" + port);
  }

  private static boolean isNamed(String certified, String host) {
    int dot = host.indexOf('.');
    return certified.equals(host)
        || certified.startsWith("*.") && dot > 0 && host.substring(dot).equals(certified.substring(1));
  }

  private static String withoutPort(String authority) {
    int end = authority.lastIndexOf(']');
    int colon = authority.indexOf(':', Math.max(0, end));
    return colon < 0 ? authority : authority.substring(0, colon);
  }

  /// Lower case, without the brackets of an address or the dot of the root.
  private static String plain(String host) {
    String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    bare = bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
    return bare.toLowerCase(Locale.ROOT);
  }
}
