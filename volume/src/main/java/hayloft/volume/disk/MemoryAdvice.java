package hayloft.volume.disk;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/// madvise(2), where the C library has it.
final class MemoryAdvice {
  /// `MADV_RANDOM` has this value on Linux and on macOS.
  private static final int RANDOM = 1;
  private static final Optional<MethodHandle> MADVISE = Linker.nativeLinker().defaultLookup().find("madvise")
      .map(symbol -> Linker.nativeLinker().downcallHandle(symbol, FunctionDescriptor.of(ValueLayout.JAVA_INT,
          ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT)));

  private MemoryAdvice() {}

  /// Tells the kernel not to read ahead: a lookup needs one page. It is only advice, so what it answers does not
  /// matter.
  static void random(MemorySegment mapped) {
    MADVISE.ifPresent(madvise -> {
      try {
        int ignored = (int) madvise.invokeExact(mapped, mapped.byteSize(), RANDOM);
      } catch (Throwable e) {
        throw new IllegalStateException("madvise could not be called", e);
      }
    });
  }
}
