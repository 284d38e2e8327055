package hayloft.cli.server;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.health.Readiness;
import hayloft.common.log.EventLog;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/// Tells the service manager that started the process, systemd for one, where it is: that it serves, that it stops,
/// that it reloads, how far a start is. Each notice is a datagram to the socket that `NOTIFY_SOCKET` names, a file or,
/// after an `@`, a name in Linux' abstract namespace; without that variable nothing is done. What cannot be told is
/// said once in the log and hinders nothing. Thread-safe.
///
/// The JDK sends no datagrams over Unix sockets; the socket is Netty's, whose native library a server has loaded.
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
  /// For what the manager waits for, while its queue is full. Nothing else is waited for: a start or a stop does not
  /// take longer because nobody takes notices, and the next step is told again.
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Duration NO_PATIENCE = Duration.ZERO;
  /// Of a socket's name, in bytes; one is left for its end.
  private static final int LONGEST_NAME = 107;

  /// As the system call takes it.
  private final Optional<byte[]> address;
  private final AtomicBoolean failed = new AtomicBoolean();
  /// Nothing is waited for any more.
  private volatile boolean stopping;

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
      case STARTING ->
        send(NO_PATIENCE, "EXTEND_TIMEOUT_USEC=" + TimeUnit.NANOSECONDS.toMicros(STEP.toNanos()), status(state));
      case READY, READ_ONLY -> send(NO_PATIENCE, status(state));
      case STOPPING -> {
        stopping = true;
        send(NO_PATIENCE, "STOPPING=1", status(state));
      }
    }
  }

  /// The start is over, or a reload is.
  void ready(Readiness.State state) {
    send(PATIENCE, "READY=1", status(state));
  }

  /// Followed by [#ready] in any case.
  void reloading() {
    long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime()); // CLOCK_MONOTONIC
    send(PATIENCE, "RELOADING=1", "MONOTONIC_USEC=" + micros);
  }

  private static String status(Readiness.State state) {
    return "STATUS=" + state.detail().replaceAll("\\p{Cntrl}", " ");
  }

  private void send(Duration patience, String... lines) {
    if (address.isEmpty()) {
      return;
    }
    byte[] notice = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    try {
      send(address.get(), notice, patience);
    } catch (IOException e) {
      tellOnce(reason(e));
    } catch (ChannelException e) { // no socket could be made
      tellOnce(e.getCause() instanceof IOException cause ? reason(cause) : "no socket can be made");
    }
  }

  private void tellOnce(String reason) {
    if (failed.compareAndSet(false, true)) { // it would be the same with each
      LOG.warning("service.notNotified").with("reason", reason).say();
    }
  }

  private static String reason(IOException fault) {
    return switch (fault) {
      case FileNotFoundException _ -> "there is no file where " + SOCKET + " says";
      case Errors.NativeIoException refused when refused.expectedErr() == Errors.ERROR_ECONNREFUSED_NEGATIVE ->
        "nobody listens at the socket that " + SOCKET + " names";
      default -> String.valueOf(FileDescriptors.explained(fault).getMessage());
    };
  }

  private void send(byte[] to, byte[] notice, Duration patience) throws IOException {
    if (!Epoll.isAvailable()) {
      throw new IOException("there is no native library for the socket that " + SOCKET + " names");
    }
    if (to.length > LONGEST_NAME) { // would be cut, and be another's name
      throw new IOException("the name in " + SOCKET + " has more than " + LONGEST_NAME + " bytes");
    }
    Socket socket = Socket.newSocketDomainDgram();
    try {
      ByteBuffer buffer = ByteBuffer.allocateDirect(notice.length).put(notice).flip();
      long since = System.nanoTime();
      while (socket.sendToDomainSocket(buffer, 0, buffer.limit(), to) == 0) { // the receiver's queue is full
        if (patience.isZero() || stopping) {
          return;
        }
        if (System.nanoTime() - since > patience.toNanos()) {
          throw new IOException("nobody has taken notices off the socket that " + SOCKET + " names for "
              + patience.toSeconds() + " s");
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      }
    } finally {
      socket.close();
    }
  }
}
