package hayloft.cli.server;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// The end of a service manager's socket that is told notices. Confined to one thread.
final class ServiceManager implements AutoCloseable {

  private static final int LONGEST = 4096;

  private final Socket socket;

  /// @param name as `NOTIFY_SOCKET` has it
  ServiceManager(String name) throws IOException {
    Epoll.ensureAvailability();
    socket = Socket.newSocketDomainDgram();
    socket.bind(new DomainSocketAddress(name.startsWith("@") ? "\0" + name.substring(1) : name));
  }

  /// The lines of the next notice.
  List<String> next() throws IOException {
    ByteBuffer notice = ByteBuffer.allocateDirect(LONGEST);
    long since = System.nanoTime();
    while (socket.recvFromDomainSocket(notice, 0, LONGEST) == null) {
      if (System.nanoTime() - since > Duration.ofSeconds(30).toNanos()) {
        throw new AssertionError("nothing was told");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    byte[] bytes = new byte[LONGEST];
    notice.get(0, bytes);
    int end = 0;
    while (bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
  }

  /// Nobody has told anything.
  boolean isEmpty() throws IOException {
    return socket.recvFromDomainSocket(ByteBuffer.allocateDirect(LONGEST), 0, LONGEST) == null;
  }

  /// Takes notices until one has the line.
  ///
  /// @return that notice
  List<String> until(String line) throws IOException {
    List<String> told = next();
    while (!told.contains(line)) {
      told = next();
    }
    return told;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
