package hayloft.common.http;

import hayloft.common.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.time.Duration;

/// First in the pipeline of a port with TLS, until the client's first byte. That begins a handshake, and the encryption
/// takes this handler's place; or it is somebody without TLS, who is told so in plain text, because an alert would mean
/// nothing to him.
///
/// So connections on which nothing has come yet cost no more than without TLS, and end at the same time-out. Confined
/// to its event loop.
final class TlsDoor extends ChannelInboundHandlerAdapter {

  /// The type of the record that every TLS connection begins with, [RFC 8446](https://www.rfc-editor.org/rfc/rfc8446)
  /// section 5.1.
  static final int HANDSHAKE = 22;
  static final String ENCRYPTION = "tls";
  /// A handshake is a few packets each way; on the slowest line they take a second or two.
  private static final Duration MOST_PATIENCE = Duration.ofSeconds(10);

  private final ServerTls tls;
  private final Duration patience; // from the first byte to the end of the handshake
  private final HttpConnection connection;

  /// @param headerTimeout bounds a handshake too, if it is shorter than what a handshake may take by itself
  TlsDoor(ServerTls tls, Duration headerTimeout, HttpConnection connection) {
    this.tls = tls;
    this.patience = headerTimeout.compareTo(MOST_PATIENCE) < 0 ? headerTimeout : MOST_PATIENCE;
    this.connection = connection;
  }

  /// Closes a connection without TLS's word of farewell, which would wait for seconds behind what the client does not
  /// take.
  static void cutOff(Channel channel) {
    ChannelHandlerContext encryption = channel.pipeline().context(ENCRYPTION);
    if (encryption != null) {
      encryption.close();
    } else {
      channel.close();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (bytes.getByte(bytes.readerIndex()) == HANDSHAKE) {
      connection.progressed();
      ctx.pipeline().replace(this, ENCRYPTION, tls.newHandler(ctx.alloc(), patience, connection.handshake()));
      ctx.pipeline().fireChannelRead(bytes);
    } else {
      bytes.release();
      ctx.pipeline().remove(this);
      connection.refusePlainText();
    }
  }
}
