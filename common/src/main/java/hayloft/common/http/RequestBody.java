package hayloft.common.http;

import hayloft.common.memory.Claims;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The bytes of a request's body, as they come. Not thread-safe.
public interface RequestBody {

  /// Where whoever gathers pieces of it counts what it keeps, before it does.
  default Claims claims() {
    return Claims.UNBOUNDED;
  }

  /// `Content-Length`, or -1 if the body is chunked.
  long declaredBytes();

  /// Whether the whole body arrived with the head and nobody has taken it: [#next] then never waits.
  boolean isHere();

  /// The whole body if it arrived with the head (an empty buffer if there is none), else null. The caller takes it;
  /// afterwards [#next] returns null.
  @Nullable
  ByteBuf whole();

  /// The next piece, or null at the end. Waits on a fork. The caller takes the buffer. The first call answers
  /// `Expect: 100-continue`.
  ///
  /// @throws ClientGoneException if the connection ended before the body did
  /// @throws BodyTimeoutException if the client sent too little for too long
  @Nullable
  ByteBuf next() throws IOException;
}
