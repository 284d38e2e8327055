package hayloft.cli.server;

import hayloft.common.health.Readiness;
import hayloft.common.log.EventLog;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Tells the service manager that started the process, systemd for one, where it is: that it serves, that it stops,
/// that it reloads, how far a start is. Each notice is a datagram to the socket that `NOTIFY_SOCKET` names, a file or,
/// after an `@`, a name in Linux' abstract namespace; without that variable nothing is done. Thread-safe.
///
/// The JDK sends no datagrams over Unix sockets; the socket is Netty's, whose native library a server has loaded
/// anyway.
///
/// No sign of life is given regularly (`WatchdogSec=`): what such a sign would prove, that some thread runs, says
/// nothing about requests being answered, and a server that is slow because its disk is would be killed, which makes
/// no disk faster. Faults that a start gets over the process sees itself; whether it answers, `/readyz` says to who
/// asks from outside.
final class ServiceNotices {
  private static final EventLog LOG = EventLog.of(ServiceNotices.class);
  static final String SOCKET = "NOTIFY_SOCKET";
  /// In a start each step that is told may take so long; a rebuild tells one every two seconds. One that hangs for
  /// longer ends as it would have ended at `TimeoutStartSec=`.
  private static final Duration STEP = Duration.ofMinutes(10);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// As the system call takes it.
  private final Optional<byte[]> address;
  private boolean failed;

  private ServiceNotices(Optional<byte[]> address) {
    this.address = address;
  }

  static ServiceNotices of(Map<String, String> environment) {
    String name = environment.getOrDefault(SOCKET, "");
    if (!name.startsWith("/") && !name.startsWith("@")) {
      return new ServiceNotices(Optional.empty());
    }
    byte[] path = name.getBytes(StandardCharsets.UTF_8);
    if (path[0] == '@') {
      path[0] = 0;
    }
    return new ServiceNotices(Optional.of(path));
  }

  /// What a change of the process' state means to the manager. That the first start is over is told by [#ready] alone,
  /// once the ready line stands on standard output.
  void tell(Readiness.State state) {
    switch (state.phase()) {
      case STARTING -> send("EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(STEP.toNanos()), status(state));
      case READY, READ_ONLY -> send(status(state));
      case STOPPING -> send("STOPPING=1", status(state));
    }
  }

  /// The start is over, or a reload is.
  void ready(Readiness.State state) {
    send("READY=1", status(state));
  }

  /// Followed by [#ready] in any case.
  void reloading() {
    send("RELOADING=1", "MONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime())); // CLOCK_MONOTONIC
  }

  private static String status(Readiness.State state) {
    return "STATUS=" + state.detail().replaceAll("\\p{Cntrl}", " ");
  }

  private synchronized void send(String... lines) {
    if (address.isEmpty()) {
      return;
    }
    byte[] notice = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    try {
      send(address.get(), notice);
    } catch (IOException e) {
      if (!failed) {
        failed = true; // it would be the same with each
        LOG.warning("service.notNotified").with("reason", e).say();
      }
    }
  }

  private static void send(byte[] address, byte[] notice) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException("there is no native library for the socket that " + SOCKET + " names");
    }
    Socket socket = Socket.newSocketDomainDgram();
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(notice.length).put(notice).flip();
      long since = System.nanoTime();
      while (socket.sendToDomainSocket(buffer, 0, buffer.limit(), address) == 0) { // the receiver's queue is full
        if (System.nanoTime() - since > PATIENCE.toNanos()) {
          throw new IOException("nobody has taken notices off the socket that " + SOCKET + " names for "
              + PATIENCE.toSeconds() + " s");
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    } finally {
      socket.close();
    }
  }
}
