package hayloft.common.http;

import io.netty.channel.Channel;
import io.netty.channel.unix.UnixChannel;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Optional;

/// What the kernel holds of a socket's output until the peer has acknowledged it: `SIOCOUTQ` of
/// [tcp(7)](https://man7.org/linux/man-pages/man7/tcp.7.html). Linux only. Stateless; for a few calls a second, since
/// each allocates.
final class SendQueue {

  private static final long SIOCOUTQ = 0x5411;
  private static final int EINTR = 4;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final Optional<MethodHandle> IOCTL = isKnown() ? ioctl() : Optional.empty();

  private SendQueue() {}

  /// The request has another number on ppc64le.
  private static boolean isKnown() {
    String architecture = System.getProperty("os.arch");
    return System.getProperty("os.name").equals("Linux")
        && (architecture.equals("amd64") || architecture.equals("aarch64"));
  }

  private static Optional<MethodHandle> ioctl() {
    Linker linker = Linker.nativeLinker();
    return linker.defaultLookup().find("ioctl")
        .map(symbol -> linker.downcallHandle(symbol,
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS),
            Linker.Option.firstVariadicArg(2), Linker.Option.captureCallState("errno")));
  }

  /// On the event loop of an open channel, whose descriptor nobody else can close meanwhile.
  ///
  /// @return 0 where that is not known: the channel is none of epoll, or the kernel refuses
  static int bytes(Channel channel) {
    if (IOCTL.isEmpty() || !(channel instanceof UnixChannel socket) || !channel.isOpen()) {
      return 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment told = arena.allocate(ValueLayout.JAVA_INT);
      int result;
      do {
        result = (int) IOCTL.get().invokeExact(state, socket.fd().intValue(), SIOCOUTQ, told);
      } while (result < 0 && (int) ERRNO.get(state, 0L) == EINTR);
      return result < 0 ? 0 : Math.max(0, told.get(ValueLayout.JAVA_INT, 0));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("ioctl(2) could not be called", e);
    }
  }
}
