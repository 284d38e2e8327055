package hayloft.common.http;

import hayloft.common.log.EventLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;

/// Whether a client takes what is written to it: some of it all the time, and not too little on average. Confined to the
/// connection's event loop.
final class ClientPace {

  private static final EventLog LOG = EventLog.of(ClientPace.class);

  private final Channel channel;
  private long offeredBytes; // of bodies, since the client connected
  private long lastPendingBytes;
  private long lastPendingProgress;
  private long pendingSinceNanos;
  private long takenBytes; // of those offered, when takingSinceNanos began
  private long takingSinceNanos;

  ClientPace(Channel channel) {
    this.channel = channel;
  }

  void offered(long bytes) {
    offeredBytes += bytes;
  }

  /// Called several times a second. False once nothing was taken for as long as the limit, or less than
  /// [StreamedBody#LEAST_BYTES_PER_SECOND] on average over it.
  boolean isBearable(Duration limit, long nowNanos) {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null || isTaking(pending, limit, nowNanos) && isTakingEnough(pending, limit, nowNanos);
  }

  private boolean isTaking(ChannelOutboundBuffer pending, Duration limit, long nowNanos) {
    long bytes = pending.totalPendingWriteBytes();
    long done = pending.currentProgress();
    if (bytes == 0 || bytes != lastPendingBytes || done != lastPendingProgress) {
      lastPendingBytes = bytes;
      lastPendingProgress = done;
      pendingSinceNanos = nowNanos;
      return true;
    }
    if (nowNanos - pendingSinceNanos > limit.toNanos()) {
      LOG.debug("http.clientTakesNothing").with("remote", channel.remoteAddress()).with("pendingBytes", bytes).say();
      return false;
    }
    return true;
  }

  private boolean isTakingEnough(ChannelOutboundBuffer pending, Duration limit, long nowNanos) {
    long bytes = pending.totalPendingWriteBytes();
    long taken = offeredBytes - bytes + pending.currentProgress();
    if (bytes > 0 && nowNanos - takingSinceNanos <= limit.toNanos()) {
      return true;
    }
    boolean enough = bytes == 0
        || taken - takenBytes >= StreamedBody.LEAST_BYTES_PER_SECOND * limit.toMillis() / 1000;
    if (!enough) {
      LOG.debug("http.clientTakesTooLittle").with("remote", channel.remoteAddress())
          .with("bytes", taken - takenBytes).say();
    }
    takenBytes = taken;
    takingSinceNanos = nowNanos;
    return enough;
  }
}
