package hayloft.common.http;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.log.EventLog;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetSocketAddress;

/// Tells why connections cannot be accepted, once a while: Netty then waits a second and tries again. Confined to the
/// listener's event loop.
final class AcceptFaults extends ChannelInboundHandlerAdapter {

  private static final EventLog LOG = EventLog.of(AcceptFaults.class);
  private static final long BETWEEN_LINES_NANOS = 10_000_000_000L;

  private final InetSocketAddress address;
  private long toldNanos = System.nanoTime() - BETWEEN_LINES_NANOS;

  AcceptFaults(InetSocketAddress address) {
    this.address = address;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    long now = System.nanoTime();
    if (now - toldNanos >= BETWEEN_LINES_NANOS) {
      toldNanos = now;
      IOException fault = cause instanceof IOException io ? io : new IOException(cause);
      LOG.error("http.acceptFailed").with("port", address.getPort())
          .with("reason", FileDescriptors.explained(fault).getMessage()).say();
    }
    context.fireExceptionCaught(cause); // the acceptor behind pauses
  }
}
