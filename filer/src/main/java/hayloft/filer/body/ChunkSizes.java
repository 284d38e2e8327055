package hayloft.filer.body;

import java.util.concurrent.atomic.AtomicInteger;

/// How large chunks are just now: the more bodies come in at once, the smaller, so that their memory stays bounded without
/// anybody waiting for anybody. Thread-safe.
///
/// A writer holds at most two chunks, one being filled and one being written.
final class ChunkSizes {

  static final int SMALLEST_BYTES = 64 << 10;
  private static final int CHUNKS_OF_A_WRITER = 2;

  private final int chunkBytes;
  private final long memoryBytes;
  private final AtomicInteger writers = new AtomicInteger();

  ChunkSizes(int chunkBytes, long memoryBytes) {
    this.chunkBytes = chunkBytes;
    this.memoryBytes = memoryBytes;
  }

  /// A body has grown beyond [#SMALLEST_BYTES].
  void enter() {
    writers.incrementAndGet();
  }

  void leave() {
    writers.decrementAndGet();
  }

  /// What a chunk is to be cut at now.
  int bytes() {
    long share = memoryBytes / CHUNKS_OF_A_WRITER / Math.max(1, writers.get());
    return (int) Math.min(chunkBytes, Math.max(SMALLEST_BYTES, share));
  }
}
