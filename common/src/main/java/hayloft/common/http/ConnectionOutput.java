package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What one connection answers, on its way to the socket. Confined to the connection's event loop.
///
/// Everything that the socket does not take at once lies in memory until the client makes room for it, and is counted:
/// large answers and pieces by themselves, until they are written; heads and small answers together, by what is left
/// over after each flush, so that a client who takes his answers costs no count.
final class ConnectionOutput {

  /// TLS and Netty add less than a byte to so many of what is counted by itself.
  private static final int COUNTED_PER_OVERHEAD = 64;

  private final Channel channel;
  private final ConnectionRoom room;
  private final ClientPace pace;
  private final Runnable progressed;
  private boolean flushDue;
  private long countedBytes; // of what the socket has not taken: what is counted by itself

  /// @param progressed told whenever the client has taken something large
  ConnectionOutput(Channel channel, ConnectionRoom room, Runnable progressed) {
    this.channel = channel;
    this.room = room;
    this.pace = new ClientPace(channel);
    this.progressed = progressed;
  }

  /// Takes the bytes. They leave with the next flush, as those of all that follows do.
  void write(ByteBuf bytes) {
    offer(bytes);
    channel.write(bytes, channel.voidPromise());
  }

  /// The same.
  ///
  /// @param then told when they have left, or never will; null for what nobody has to be told
  void write(ByteBuf bytes, @Nullable ChannelFutureListener then) {
    if (then == null) {
      write(bytes);
    } else {
      offer(bytes);
      channel.write(bytes).addListener(then);
    }
  }

  /// The same for the body of an answer. What is large, and may have to wait for its client, counts until it is
  /// written.
  void writeBody(ByteBuf content, @Nullable ChannelFutureListener then) {
    int bytes = content.readableBytes();
    if (bytes < ConnectionRoom.COUNTED_BYTES) {
      write(content, then);
      return;
    }
    room.offered(bytes);
    offer(content);
    countedBytes += bytes;
    ChannelFuture written = channel.write(content).addListener(_ -> {
      countedBytes -= bytes;
      room.taken(bytes);
      progressed.run();
    });
    if (then != null) {
      written.addListener(then);
    }
  }

  /// The same for a piece of an answer, or what ends it. The answer has counted it.
  ///
  /// @param pieceBytes that are written with it
  void writePiece(PieceAnswer answer, ByteBuf content, int pieceBytes, @Nullable ChannelFutureListener then) {
    offer(content);
    countedBytes += pieceBytes;
    ChannelFuture future = channel.write(content).addListener((ChannelFutureListener) written -> {
      countedBytes -= pieceBytes;
      answer.written(pieceBytes, written.isSuccess());
    });
    if (then != null) {
      future.addListener(then);
    }
  }

  private void offer(ByteBuf bytes) {
    flushDue = true;
    pace.offered(bytes.readableBytes());
  }

  /// Runs a task once the socket has taken all so far.
  void whenTaken(Runnable task) {
    flushDue = true;
    channel.write(Unpooled.EMPTY_BUFFER).addListener(_ -> task.run());
  }

  /// If there is anything to flush.
  void flush() {
    if (flushDue) {
      flushDue = false;
      channel.flush();
      count();
    }
  }

  /// Counts what lies here now.
  void count() {
    room.countOutput(pendingBytes() - countedBytes - countedBytes / COUNTED_PER_OVERHEAD);
  }

  /// The connection is gone, and with it what lay here.
  void forget() {
    room.countOutput(0);
  }

  /// Whether the kernel has every byte. It delivers them after a close, too, unless the client sends more.
  boolean isAllWritten() {
    return !flushDue && pendingBytes() == 0;
  }

  /// Whether anything was written that the socket has not taken yet.
  boolean isPending() {
    return pendingBytes() > 0;
  }

  private long pendingBytes() {
    ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
    return pending == null ? 0 : pending.totalPendingWriteBytes();
  }

  // Whether the client takes it, as ClientPace judges

  /// A request came: what is written from now on is another answer.
  void requested() {
    pace.requested();
  }

  boolean isPaceBearable(Duration limit, long nowNanos) {
    return pace.isBearable(limit, nowNanos);
  }

  boolean isAllAcknowledged() {
    return pace.isAllAcknowledged();
  }
}
