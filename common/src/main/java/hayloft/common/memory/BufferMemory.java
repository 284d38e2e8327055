package hayloft.common.memory;

/// The memory that bodies and answers pass through, shared by all ports of a process. Thread-safe.
///
/// Each room has bounds of its own; together they are more than the memory, because not all are reached at a time. This
/// gauge is what holds them together.
@FunctionalInterface
public interface BufferMemory {

  /// Memory without a bound: for tests and programs that move little.
  BufferMemory AMPLE = () -> Level.AMPLE;

  /// How much of it is in use, and what follows from that.
  enum Level {
    AMPLE,
    /// Everybody takes less at a time: one piece of a body, the smallest chunk.
    SCARCE,
    /// As before, and no further large body is let in.
    SHORT,
    /// As before, and no further request that takes memory is.
    EXHAUSTED
  }

  /// Cheap enough to be asked for each piece of a body.
  Level level();

  default boolean isAtLeast(Level least) {
    return level().compareTo(least) >= 0;
  }
}
