package hayloft.filer.body;

/// How bodies are cut.
///
/// @param chunkBytes bodies up to this size are one needle, larger ones are chunks of it
/// @param inlinePieces more pieces than these go to needles of their own, which hold lists of pieces
/// @param listPieces pieces in such a needle
/// @param memoryBytes of all bodies that are coming in; beyond it chunks get smaller
public record BodyConfig(int chunkBytes, int inlinePieces, int listPieces, long memoryBytes) {

  public static final BodyConfig DEFAULTS = new BodyConfig(4 << 20, 64, 1024, 96L << 20);

  public BodyConfig withMemoryBytes(long next) {
    return new BodyConfig(chunkBytes, inlinePieces, listPieces, next);
  }

  /// Cuts bodies so that a chunk, or a body that travels in its commit needle, takes a quarter of a volume at most:
  /// several fit into each, and none is refused by one empty volume after the other.
  ///
  /// @param limitBytes size at which volumes are full
  public BodyConfig forVolumesOf(long limitBytes) {
    long quarter = limitBytes / 4 - NEEDLE_BYTES;
    long whole = quarter >= ChunkSizes.SMALLEST_BYTES ? quarter - quarter % ChunkSizes.SMALLEST_BYTES : quarter;
    return new BodyConfig((int) Math.max(1, Math.min(chunkBytes, whole)), inlinePieces, listPieces, memoryBytes);
  }

  /// More than a needle has around the bytes of a chunk: head, meta, sums.
  private static final int NEEDLE_BYTES = 4 << 10;
  /// A piece takes 30 bytes at most.
  private static final int MAX_INLINE_PIECES = 4096;
  private static final int MAX_LIST_PIECES = 100_000;

  public BodyConfig {
    if (chunkBytes < 1 || chunkBytes > 32 << 20) {
      throw new IllegalArgumentException("body.chunkBytes must be between 1 byte and 32 MiB, got " + chunkBytes);
    }
    if (inlinePieces < 2 || inlinePieces > MAX_INLINE_PIECES) {
      throw new IllegalArgumentException(
          "body.inlinePieces must be between 2 and " + MAX_INLINE_PIECES + ", got " + inlinePieces);
    }
    if (listPieces < 2 || listPieces > MAX_LIST_PIECES) {
      throw new IllegalArgumentException(
          "body.listPieces must be between 2 and " + MAX_LIST_PIECES + ", got " + listPieces);
    }
    if (memoryBytes < 1 << 20) {
      throw new IllegalArgumentException("body.memoryBytes must be at least 1 MiB, got " + memoryBytes);
    }
  }
}
