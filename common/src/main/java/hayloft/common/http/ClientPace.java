package hayloft.common.http;

import hayloft.common.log.EventLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;

/// Whether a client takes what is written to it, as [LeastRate] asks. What counts is what it has acknowledged: the
/// kernel takes megabytes for a client that reads nothing, and for a slow one nothing more for minutes. Where the
/// kernel does not tell ([SendQueue]), what it took counts.
///
/// Some read in bursts: curl with `--limit-rate 30k` takes 2 MB at once and then nothing for a minute. Whoever has
/// taken more than a kernel takes for a process that reads nothing, or has gone on after a pause, is believed to do so
/// again, and has longer pauses for larger bursts, up to [#PATIENCE] times the limit.
///
/// Confined to the connection's event loop.
final class ClientPace {

  private static final EventLog LOG = EventLog.of(ClientPace.class);

  private static final int PATIENCE = 4; // curl pauses for up to 100 s
  private static final long AHEAD_BYTES = 256 << 10;
  /// Looks without progress that make a pause: more than the time between two packets.
  private static final int PAUSE_LOOKS = 3;

  private final Channel channel;
  private final LeastRate rate = new LeastRate();
  private long offeredBytes; // since the client connected
  private boolean waiting; // some of it was not acknowledged when last looked at
  private boolean offered; // and so may some be now
  private long beganBytes; // taken when waiting began
  private long takenBytes; // when last looked at
  private int quietLooks; // since it took something
  private boolean bursts;

  ClientPace(Channel channel) {
    this.channel = channel;
  }

  void offered(long bytes) {
    offeredBytes += bytes;
    offered = true;
  }

  /// Called several times a second, and [#isAllAcknowledged] after it. False once the client has taken too little for
  /// too long.
  boolean isBearable(Duration limit, long nowNanos) {
    if (!offered) {
      return true;
    }
    long leftBytes = leftBytes();
    offered = leftBytes > 0;
    boolean begins = offered && !waiting;
    waiting = offered;
    if (begins) {
      rate.begin(offeredBytes - leftBytes, limit, nowNanos);
      beganBytes = offeredBytes - leftBytes;
      takenBytes = beganBytes;
      quietLooks = 0;
      bursts = false;
    }
    if (!waiting || begins || isKept(offeredBytes - leftBytes, limit, nowNanos)) {
      return true;
    }
    LOG.debug("http.clientTakesTooLittle").with("remote", channel.remoteAddress()).with("leftBytes", leftBytes).say();
    return false;
  }

  private boolean isKept(long bytes, Duration limit, long nowNanos) {
    if (bytes > takenBytes) {
      bursts |= quietLooks >= PAUSE_LOOKS || bytes - beganBytes > AHEAD_BYTES;
      quietLooks = 0;
      takenBytes = bytes;
    } else {
      quietLooks++;
    }
    return rate.isKept(bytes, bursts ? limit.multipliedBy(PATIENCE) : limit, nowNanos);
  }

  private long leftBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null
        ? 0
        : pending.totalPendingWriteBytes() - pending.currentProgress() + SendQueue.bytes(channel);
  }

  /// Whether the client had got everything when it was last looked at, and nothing was offered since.
  boolean isAllAcknowledged() {
    return !offered;
  }
}
