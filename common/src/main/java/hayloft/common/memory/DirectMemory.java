package hayloft.common.memory;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.PlatformDependent;
import java.util.function.LongSupplier;

/// The gauge of a pool of direct buffers. Thread-safe.
///
/// The pool takes memory from the system in large steps and rarely gives it back; what it has taken is one atomic read,
/// and as long as that is little nothing else is asked. Beyond, what counts is how much of it is handed out: a walk
/// over the pool's chunks, made anew at most every [#SAMPLE_NANOS]. In that time a machine that fills 2 GB/s gets 4 MB
/// further, for which the levels leave room, as they do for what lies idle between buffers. Once the pool has taken all
/// but [#NEARLY_ALL_PERCENT], that may be much, in pieces too small for the next buffer, so the levels come sooner: a
/// buffer that cannot be had stops its event loop for half a second, and all who allocate beside it.
public final class DirectMemory implements BufferMemory {

  private static final long SAMPLE_NANOS = 2_000_000;
  private static final int SCARCE_PERCENT = 45;
  private static final int SHORT_PERCENT = 60;
  private static final int EXHAUSTED_PERCENT = 75;
  private static final int NEARLY_ALL_PERCENT = 85;
  private static final int SOONER_PERCENT = 25;

  private final long maxBytes;
  private final LongSupplier takenBytes;
  private final LongSupplier handedOutBytes;
  private final LongSupplier nanoTime;
  private volatile Sample sample;

  private record Sample(long atNanos, Level level) {}

  DirectMemory(long maxBytes, LongSupplier takenBytes, LongSupplier handedOutBytes, LongSupplier nanoTime) {
    this.maxBytes = maxBytes;
    this.takenBytes = takenBytes;
    this.handedOutBytes = handedOutBytes;
    this.nanoTime = nanoTime;
    this.sample = new Sample(nanoTime.getAsLong() - SAMPLE_NANOS, Level.AMPLE);
  }

  /// Of the pool that buffers of the process come from, against the bound that the JVM was given for direct memory.
  public static BufferMemory of(PooledByteBufAllocator allocator) {
    long maxBytes = PlatformDependent.maxDirectMemory();
    return PlatformDependent.usedDirectMemory() < 0 || maxBytes <= 0 // Netty does not count
        ? AMPLE
        : new DirectMemory(maxBytes, PlatformDependent::usedDirectMemory, allocator::pinnedDirectMemory,
            System::nanoTime);
  }

  @Override
  public Level level() {
    long taken = takenBytes.getAsLong();
    if (levelOf(percent(taken)) == Level.AMPLE) {
      return Level.AMPLE;
    }
    long now = nanoTime.getAsLong();
    Sample last = sample;
    if (now - last.atNanos() < SAMPLE_NANOS) {
      return last.level();
    }
    long handedOut = percent(handedOutBytes.getAsLong());
    Level level = levelOf(percent(taken) < NEARLY_ALL_PERCENT ? handedOut : handedOut + SOONER_PERCENT);
    sample = new Sample(now, level);
    return level;
  }

  private long percent(long bytes) {
    return bytes * 100 / maxBytes;
  }

  private static Level levelOf(long percent) {
    if (percent < SCARCE_PERCENT) {
      return Level.AMPLE;
    }
    if (percent < SHORT_PERCENT) {
      return Level.SCARCE;
    }
    return percent < EXHAUSTED_PERCENT ? Level.SHORT : Level.EXHAUSTED;
  }
}
