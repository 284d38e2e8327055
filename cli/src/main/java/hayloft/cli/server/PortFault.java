package hayloft.cli.server;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.http.HostAndPort;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Why a port cannot be listened on, for the person who chose it: which role, which setting, who has it, what to do.
/// Stateless.
///
/// Java tells these causes apart by a text only, so they are found out: an address that takes no port at all is not of
/// this machine, who listens stands in `/proc`, and what is left of the low ports needs a right.
final class PortFault {

  private static final Path PROC = Path.of("/proc");
  private static final int USUAL_FIRST_FREE_PORT = 1024;
  private static final String LISTENS = "0A";

  private PortFault() {}

  /// Tries all ports of a start that is to make or open something only if it has them; none is kept.
  ///
  /// @throws IOException with a line for each port that cannot be had
  static void requireFree(ServerConfig config) throws IOException {
    Map<String, InetSocketAddress> wanted = new LinkedHashMap<>();
    wanted.put("s3", config.s3());
    wanted.put("master", config.master());
    wanted.put("volume", config.volume());
    wanted.put("filer", config.filer());
    if (!config.admin().orAnyPort()) {
      wanted.put("admin", config.admin().address());
    }
    List<String> wrong = new ArrayList<>();
    IOException first = null;
    for (var role : wanted.entrySet()) {
      try {
        bind(role.getValue());
      } catch (IOException e) {
        wrong.add(of(role.getKey(), role.getValue(), e).getMessage());
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw new IOException(String.join("\n", wrong), first);
    }
  }

  /// A failure to listen, in words.
  static IOException of(String role, InetSocketAddress address, IOException failure) {
    String flag = "--" + role + "-port";
    String start = "cannot listen on " + HostAndPort.of(address) + " for the " + role + " port (" + flag + ", "
        + variable(role + "-port") + "): ";
    String bind = role.equals("admin") ? "admin-bind" : "bind";
    IOException explained = FileDescriptors.explained(failure);
    if (explained != failure) {
      return new IOException(start + explained.getMessage(), failure);
    }
    Optional<String> holder = holder(address.getPort());
    if (holder.isPresent()) {
      return new IOException(start + "it is in use by " + holder.get() + ". End that, or choose another port with "
          + flag + "; 0 takes any free one", failure);
    }
    try {
      bind(new InetSocketAddress(address.getAddress(), 0));
    } catch (IOException _) { // no port of it: said with what to do
      return new IOException(start + address.getAddress().getHostAddress() + " is no address of this machine. Give --"
          + bind + " (" + variable(bind) + ") one that it has (ip address), or leave it out", failure);
    }
    int firstFree = firstFreePort();
    return new IOException(start + (address.getPort() < firstFree
        ? "ports below " + firstFree + " need a right that this user does not have. Choose another port with " + flag
            + ", or give the right: AmbientCapabilities=CAP_NET_BIND_SERVICE in the unit"
        : "it is in use. See by whom (ss -tlnp), and end that, or choose another port with " + flag
            + "; 0 takes any free one"),
        failure);
  }

  private static String variable(String key) {
    return "HAYLOFT_" + key.toUpperCase(Locale.ROOT).replace('-', '_');
  }

  /// Not listened on, so that no client sees it; in the family of the address, as the server does.
  private static void bind(InetSocketAddress address) throws IOException {
    boolean six = address.getAddress() instanceof Inet6Address;
    try (SocketChannel tried = SocketChannel
        .open(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET)) {
      tried.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      tried.bind(address);
    }
  }

  private static int firstFreePort() {
    try {
      return Integer.parseInt(Files.readString(PROC.resolve("sys/net/ipv4/ip_unprivileged_port_start")).strip());
    } catch (IOException | NumberFormatException _) { // another system: where it is on most of them
      return USUAL_FIRST_FREE_PORT;
    }
  }

  /// Who listens on a port, if the system tells; another user's program has no name here.
  private static Optional<String> holder(int port) {
    Set<String> sockets = new TreeSet<>();
    for (String table : List.of("net/tcp", "net/tcp6")) {
      try {
        for (String line : Files.readAllLines(PROC.resolve(table))) {
          // sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
          String[] columns = line.strip().split(" +");
          if (columns.length > 9 && columns[3].equals(LISTENS)
              && columns[1].endsWith(":" + String.format(Locale.ROOT, "%04X", port))) {
            sockets.add("socket:[" + columns[9] + "]");
          }
        }
      } catch (IOException _) { // no such table: then it is not told
        continue;
      }
    }
    return sockets.isEmpty()
        ? Optional.empty()
        : Optional.of(program(sockets).orElse("a program of another user (ss -tlnp as root tells which)"));
  }

  private static Optional<String> program(Set<String> sockets) {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holds(process, sockets)) {
          return Optional.of(name(process) + "process " + process.getFileName());
        }
      }
    } catch (IOException _) { // no /proc: then it is not told
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static boolean holds(Path process, Set<String> sockets) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
      for (Path file : files) {
        if (sockets.contains(Files.readSymbolicLink(file).toString())) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException _) { // another user's, or it has just ended
      return false;
    }
    return false;
  }

  private static String name(Path process) {
    try {
      return new String(Files.readAllBytes(process.resolve("comm")), StandardCharsets.UTF_8).strip() + ", ";
    } catch (IOException _) { // it has just ended
      return "";
    }
  }
}
