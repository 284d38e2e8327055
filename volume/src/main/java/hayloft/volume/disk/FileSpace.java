package hayloft.volume.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/// Space for a file that is to be mapped: posix_fallocate(3). A store into a hole of a mapped file on a full disk is no
/// IOException but a SIGBUS, so the space is taken before.
final class FileSpace {
  private static final int O_RDWR = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final int ENOSPC = 28;
  private static final int EDQUOT = 122;
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final Optional<MethodHandle> OPEN = function("open",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
      Linker.Option.firstVariadicArg(2));
  private static final Optional<MethodHandle> CLOSE = function("close",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final Optional<MethodHandle> FALLOCATE = function("posix_fallocate",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  private FileSpace() {}

  private static Optional<MethodHandle> function(String name, FunctionDescriptor shape, Linker.Option... options) {
    return LINUX
        ? Linker.nativeLinker().defaultLookup().find(name)
            .map(symbol -> Linker.nativeLinker().downcallHandle(symbol, shape, options))
        : Optional.empty();
  }

  /// Makes an existing file at least this long, on blocks of its own. Where the system cannot, nothing happens.
  ///
  /// @throws IOException if the disk has no room
  static void take(Path path, long sizeBytes) throws IOException {
    if (OPEN.isEmpty() || CLOSE.isEmpty() || FALLOCATE.isEmpty()) {
      return;
    }
    int error;
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.get().invokeExact(arena.allocateFrom(path.toString()), O_RDWR | O_CLOEXEC);
      if (descriptor < 0) {
        return;
      }
      error = (int) FALLOCATE.get().invokeExact(descriptor, 0L, sizeBytes);
      int ignored = (int) CLOSE.get().invokeExact(descriptor);
    } catch (Throwable e) {
      throw new IllegalStateException("posix_fallocate(3) could not be called", e);
    }
    if (error == ENOSPC || error == EDQUOT) {
      throw new IOException(path + ": no space for " + sizeBytes + " bytes");
    }
  }
}
