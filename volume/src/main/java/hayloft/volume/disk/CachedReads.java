package hayloft.volume.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;

/// Reads of one file that are answered from the page cache or not at all: preadv2(2) with `RWF_NOWAIT`, Linux only; elsewhere
/// no read is ever answered. Thread-safe, but not to be closed under a reader.
///
/// It has a descriptor of its own, since a FileChannel does not show its. Only called on platform threads.
final class CachedReads {
  private static final int RWF_NOWAIT = 8;
  private static final int O_CLOEXEC = 0x80000;
  private static final long IOV_LENGTH_AT = 8;
  private static final long IOV_BYTES = 16;
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final Optional<MethodHandle> OPEN = function("open",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
      Linker.Option.firstVariadicArg(2));
  private static final Optional<MethodHandle> CLOSE = function("close",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final Optional<MethodHandle> PREADV2 = function("preadv2",
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT,
          ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
  private static final ThreadLocal<MemorySegment> IOVEC = ThreadLocal.withInitial(
      () -> Arena.ofAuto()
          .allocate(MemoryLayout.sequenceLayout(IOV_BYTES, ValueLayout.JAVA_BYTE).withByteAlignment(8)));

  private final int descriptor;

  private CachedReads(int descriptor) {
    this.descriptor = descriptor;
  }

  private static Optional<MethodHandle> function(String name, FunctionDescriptor shape, Linker.Option... options) {
    return LINUX
        ? Linker.nativeLinker().defaultLookup().find(name)
            .map(symbol -> Linker.nativeLinker().downcallHandle(symbol, shape, options))
        : Optional.empty();
  }

  static CachedReads open(Path path) {
    if (OPEN.isEmpty() || PREADV2.isEmpty() || CLOSE.isEmpty()) {
      return new CachedReads(-1);
    }
    try (Arena arena = Arena.ofConfined()) {
      return new CachedReads((int) OPEN.get().invokeExact(arena.allocateFrom(path.toString()), O_CLOEXEC));
    } catch (Throwable e) {
      throw new IllegalStateException("open(2) could not be called", e);
    }
  }

  /// @param into direct
  boolean read(ByteBuffer into, long atBytes) {
    if (descriptor < 0 || PREADV2.isEmpty()) {
      return false;
    }
    MemorySegment target = MemorySegment.ofBuffer(into);
    MemorySegment iovec = IOVEC.get();
    iovec.set(ValueLayout.JAVA_LONG, 0, target.address());
    iovec.set(ValueLayout.JAVA_LONG, IOV_LENGTH_AT, into.remaining());
    try {
      long count = (long) PREADV2.get().invokeExact(descriptor, iovec, 1, atBytes, RWF_NOWAIT);
      return count == into.remaining();
    } catch (Throwable e) {
      throw new IllegalStateException("preadv2(2) could not be called", e);
    }
  }

  void close() {
    if (descriptor >= 0 && CLOSE.isPresent()) {
      try {
        int ignored = (int) CLOSE.get().invokeExact(descriptor);
      } catch (Throwable e) {
        throw new IllegalStateException("close(2) could not be called", e);
      }
    }
  }
}
