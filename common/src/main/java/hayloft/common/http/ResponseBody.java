package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// The body of an answer that is written in pieces. Confined to the fork. If the fork ends without [#end], or the
/// pieces are shorter than the declared length, the connection is closed, so that the client sees a broken answer and
/// not a short one.
public interface ResponseBody {

  /// Sends a piece; waits while the client is slow. Takes the buffer.
  ///
  /// @throws ClientGoneException if the connection is gone
  void write(ByteBuf piece) throws IOException;

  /// Ends the answer; waits until the last piece is handed to the socket.
  void end() throws IOException;
}
