package hayloft.filer.body;

import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.BufferMemory.Level;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.util.concurrent.atomic.AtomicInteger;

/// How large chunks are just now: the more bodies come in at once, the smaller, so that their memory stays bounded
/// without anybody waiting for anybody. While the memory of the process is scarce, or what their sender may have of it,
/// they are as small as can be, and when the process's is short no further body may grow beyond that. Thread-safe.
///
/// A writer holds at most two chunks, one being filled and one being written.
final class ChunkSizes {

  static final int SMALLEST_BYTES = 64 << 10;
  private static final int CHUNKS_OF_A_WRITER = 2;

  private final int chunkBytes;
  private final long memoryBytes;
  private final BufferMemory memory;
  private final AtomicInteger writers = new AtomicInteger();

  ChunkSizes(int chunkBytes, long memoryBytes, BufferMemory memory) {
    this.chunkBytes = chunkBytes;
    this.memoryBytes = memoryBytes;
    this.memory = memory;
  }

  /// A body has grown beyond [#SMALLEST_BYTES].
  ///
  /// @throws StoreBusyException if memory is short; then it has not entered
  void enter() throws StoreBusyException {
    if (memory.isAtLeast(Level.SHORT)) {
      throw new StoreBusyException("memory is short: no further large body is taken now");
    }
    writers.incrementAndGet();
  }

  void leave() {
    writers.decrementAndGet();
  }

  /// What a chunk of somebody's is to be cut at now.
  int bytes(Claims claims) {
    if (memory.isAtLeast(Level.SCARCE) || claims.isScarce()) {
      return Math.min(chunkBytes, SMALLEST_BYTES);
    }
    long share = memoryBytes / CHUNKS_OF_A_WRITER / Math.max(1, writers.get());
    return (int) Math.min(chunkBytes, Math.max(SMALLEST_BYTES, share));
  }
}
