package hayloft.common.http;

import hayloft.common.log.EventLog;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Whether a client takes what is written to it, as [LeastRate] asks. What counts is what it has acknowledged: the
/// kernel takes megabytes for a client that reads nothing, and for a slow one nothing more for minutes. Where the
/// kernel does not tell ([SendQueue]), what it took counts.
///
/// The account is opened with the limit when an answer begins, and everything acknowledged of the answer is paid in,
/// the opening burst too. That may have to last for a minute: the client's kernel acknowledges some hundred KiB at once
/// for a process that reads 8 KiB/s, and nothing more before most of them are read; and some read so themselves, as
/// curl does, which with `--limit-rate 30k` takes 2 MB and then nothing for a minute. The account holds no more than
/// [#PATIENCE] times the limit. Whoever reads nothing gets that, too, if its kernel takes enough: here it looks the
/// same. When the client had everything for a while, and the answer goes on, what was left goes on, and is at least the
/// limit.
///
/// Answers that follow each other with something unacknowledged at every look are one answer here.
///
/// Confined to the connection's event loop.
final class ClientPace {

  private static final EventLog LOG = EventLog.of(ClientPace.class);

  private static final int PATIENCE = 4; // curl pauses for up to 100 s

  private final Channel channel;
  private final LongSupplier unacknowledged;
  private final LeastRate rate = new LeastRate();
  private long offeredBytes; // since the client connected
  private long takenBytes; // the most of them seen acknowledged: under TLS what is left is longer than what was offered
  private boolean offered; // some was not acknowledged when last looked at, or was written since
  private boolean begins; // all of that was written since

  ClientPace(Channel channel) {
    this(channel, () -> leftBytes(channel));
  }

  /// @param unacknowledged tells how much of what was offered the client has not acknowledged, in bytes
  ClientPace(Channel channel, LongSupplier unacknowledged) {
    this.channel = channel;
    this.unacknowledged = unacknowledged;
  }

  /// A request came: what is written from now on is another answer.
  void requested() {
    if (!offered) {
      rate.forget();
    }
  }

  void offered(long bytes) {
    if (!offered) {
      offered = true;
      begins = true;
      takenBytes = offeredBytes;
    }
    offeredBytes += bytes;
  }

  /// Called several times a second, and [#isAllAcknowledged] after it. False once the client has taken too little for
  /// too long.
  boolean isBearable(Duration limit, long nowNanos) {
    if (!offered) {
      return true;
    }
    if (begins) {
      begins = false;
      rate.begin(takenBytes, limit, nowNanos);
    }
    long leftBytes = unacknowledged.getAsLong();
    offered = leftBytes > 0;
    takenBytes = Math.max(takenBytes, offeredBytes - leftBytes);
    boolean kept = rate.isKept(takenBytes, limit.multipliedBy(PATIENCE), nowNanos); // what is taken is paid in anyway
    if (kept || !offered) {
      return true;
    }
    LOG.debug("http.clientTakesTooLittle").with("remote", channel.remoteAddress()).with("leftBytes", leftBytes).say();
    return false;
  }

  private static long leftBytes(Channel channel) {
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
