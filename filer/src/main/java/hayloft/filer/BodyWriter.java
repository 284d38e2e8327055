package hayloft.filer;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Takes in the bytes of one body, of whatever length. Confined to one virtual thread. Memory is bounded: one chunk
/// being filled and one being written; [#write] waits when both are taken.
public interface BodyWriter {

  /// Adds bytes. Takes the buffer.
  ///
  /// @throws IOException if no volume takes them; the writer can then only be discarded
  void write(ByteBuf bytes) throws IOException;

  /// Ends the body; on return every chunk is durable. The caller passes the result on to exactly one mutation.
  StoredBody finish() throws IOException;

  /// Gives up: whatever was written becomes garbage. Also correct after a failure, and after [#finish] if the result
  /// was not passed on. Never throws.
  void discard();
}
