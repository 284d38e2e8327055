package hayloft.cli.doctor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/// What only the C library tells; empty where this is no 64-bit Linux, or it refuses. Stateless.
final class Native {

  private static final boolean LINUX_64 = System.getProperty("os.name").equals("Linux")
      && ValueLayout.ADDRESS.byteSize() == Long.BYTES;
  private static final long STATVFS_BYTES = 112;
  private static final long FILES_AT = 40;
  private static final long FREE_FILES_AT = 56;
  private static final long TIMEX_BYTES = 208;
  private static final long MAXERROR_AT = 24;
  private static final long STATUS_AT = 40;
  private static final int UNSYNCED = 0x40;

  private Native() {}

  /// Inodes of a file system; both 0 where it makes them as it needs them.
  record Inodes(long free, long all) {}

  /// statvfs(3).
  static Optional<Inodes> inodes(Path path) {
    Optional<MethodHandle> statvfs = function("statvfs",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));
    if (statvfs.isEmpty()) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(STATVFS_BYTES, Long.BYTES);
      int result = (int) statvfs.get().invokeExact(arena.allocateFrom(path.toString()), answer);
      return result == 0
          ? Optional.of(
              new Inodes(answer.get(ValueLayout.JAVA_LONG, FREE_FILES_AT), answer.get(ValueLayout.JAVA_LONG, FILES_AT)))
          : Optional.empty();
    } catch (Throwable e) {
      throw new IllegalStateException("statvfs(3) could not be called", e);
    }
  }

  /// How wrong the clock may be at most, in microseconds, if the kernel knows that something keeps it right;
  /// adjtimex(2), which changes nothing here.
  static OptionalLong clockErrorMicros() {
    Optional<MethodHandle> adjtimex = function("adjtimex",
        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    if (adjtimex.isEmpty()) {
      return OptionalLong.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment timex = arena.allocate(TIMEX_BYTES, Long.BYTES);
      int result = (int) adjtimex.get().invokeExact(timex);
      return result < 0 || (timex.get(ValueLayout.JAVA_INT, STATUS_AT) & UNSYNCED) != 0
          ? OptionalLong.empty()
          : OptionalLong.of(timex.get(ValueLayout.JAVA_LONG, MAXERROR_AT));
    } catch (Throwable e) {
      throw new IllegalStateException("adjtimex(2) could not be called", e);
    }
  }

  private static Optional<MethodHandle> function(String name, FunctionDescriptor shape) {
    return LINUX_64
        ? Linker.nativeLinker().defaultLookup().find(name)
            .map(symbol -> Linker.nativeLinker().downcallHandle(symbol, shape))
        : Optional.empty();
  }
}
