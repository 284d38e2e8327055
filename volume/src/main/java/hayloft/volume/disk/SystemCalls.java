package hayloft.volume.disk;

import hayloft.common.directory.TooFewDescriptorsException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Calls of the kernel that tell why they failed: a FileChannel's exception has only a text, and nothing is decided by
/// that. Linux only. Stateless; for faults and rare calls, since each allocates.
final class SystemCalls {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_WRONLY = 1;
  static final int O_CREAT = 0x40;
  private static final int O_CLOEXEC = 0x80000;
  private static final int NEW_FILE_MODE = 0600;
  private static final int EINTR = 4;
  private static final int EINVAL = 22;
  private static final int ENFILE = 23;
  private static final int EMFILE = 24;
  private static final int ENOSPC = 28;
  private static final int ENOSYS = 38;
  private static final int EOPNOTSUPP = 95;
  private static final int EDQUOT = 122;

  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final @Nullable MethodHandle OPEN = function("open",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT),
      Linker.Option.firstVariadicArg(2), Linker.Option.captureCallState("errno"));
  private static final @Nullable MethodHandle CLOSE = function("close",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle PWRITE = function("pwrite",
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG),
      Linker.Option.captureCallState("errno"));
  private static final @Nullable MethodHandle FALLOCATE = function("posix_fallocate",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

  /// Larger than `struct statfs` anywhere. Its first field, a word, is the file system's magic number.
  private static final int STATFS_BYTES = 256;
  private static final long BTRFS_MAGIC = 0x9123683eL;
  private static final long BCACHEFS_MAGIC = 0xca451a4eL;
  private static final @Nullable MethodHandle STATFS = function("statfs",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));

  private static final int SYNC_FILE_RANGE_WRITE = 2;
  private static final @Nullable MethodHandle SYNC_FILE_RANGE = function("sync_file_range",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT));

  private SystemCalls() {}

  private static @Nullable MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
    MemorySegment symbol = LINUX ? symbol(name) : MemorySegment.NULL;
    return symbol.address() == 0 ? null : Linker.nativeLinker().downcallHandle(symbol, shape, options);
  }

  /// The function that the JVM's own calls reach, by dlsym(3) of the whole process: the linker's lookup knows libc
  /// alone and would pass by what is preloaded, such as a library that injects faults.
  ///
  /// @return NULL if there is none
  private static MemorySegment symbol(String name) {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> dlsym = linker.defaultLookup().find("dlsym");
    if (dlsym.isEmpty()) {
      return linker.defaultLookup().find(name).orElse(MemorySegment.NULL);
    }
    try (Arena arena = Arena.ofConfined()) {
      return (MemorySegment) linker
          .downcallHandle(dlsym.get(),
              FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS))
          .invokeExact(MemorySegment.NULL, arena.allocateFrom(name)); // NULL is RTLD_DEFAULT
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("dlsym(3) could not be called", e);
    }
  }

  /// Whether the other methods may be called.
  static boolean areKnown() {
    return OPEN != null && CLOSE != null && PWRITE != null && FALLOCATE != null;
  }

  private static MethodHandle known(@Nullable MethodHandle handle) {
    if (handle == null) {
      throw new IllegalStateException("not called where areKnown() is false");
    }
    return handle;
  }

  /// open(2); the caller closes the descriptor.
  ///
  /// @throws NoSpaceException if there is no room for a new file's name
  /// @throws TooFewDescriptorsException if the process or the system has as many files open as it may
  static int open(Path path, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment name = arena.allocateFrom(path.toString());
      int descriptor;
      int error;
      do {
        descriptor = (int) known(OPEN).invokeExact(state, name, flags | O_CLOEXEC, NEW_FILE_MODE);
        error = (int) ERRNO.get(state, 0L);
      } while (descriptor < 0 && error == EINTR);
      if (descriptor < 0) {
        throw fault(path + " cannot be opened", error);
      }
      return descriptor;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("open(2) could not be called", e);
    }
  }

  /// close(2), of a descriptor whose writes are synced elsewhere: what it answers does not matter.
  static void close(int descriptor) {
    try {
      int ignored = (int) known(CLOSE).invokeExact(descriptor);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("close(2) could not be called", e);
    }
  }

  /// pwrite(2) of a part of what remains in a buffer, whose position it moves.
  ///
  /// @return how much, at least 1
  /// @throws NoSpaceException if there is no room
  static int write(int descriptor, ByteBuffer from, int mostBytes, long atBytes, Supplier<Path> name)
      throws IOException {
    int bytes = Math.min(mostBytes, from.remaining());
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment copy = arena.allocate(bytes);
      copy.copyFrom(MemorySegment.ofBuffer(from.slice(from.position(), bytes)));
      long written;
      int error;
      do {
        written = (long) known(PWRITE).invokeExact(state, descriptor, copy, (long) bytes, atBytes);
        error = (int) ERRNO.get(state, 0L);
      } while (written < 0 && error == EINTR);
      if (written <= 0) {
        throw fault(name.get() + " at " + atBytes + ": " + bytes + " bytes cannot be written", written < 0 ? error : 0);
      }
      assert written <= bytes : name.get() + " took " + written + " of " + bytes + " bytes";
      from.position(from.position() + (int) written);
      return (int) written;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("pwrite(2) could not be called", e);
    }
  }

  /// posix_fallocate(3): makes a file at least this long, on blocks of its own. Nothing happens where a file system
  /// cannot.
  ///
  /// @throws NoSpaceException if there is no room
  static void allocate(int descriptor, long sizeBytes, String name) throws IOException {
    int error;
    try {
      do {
        error = (int) known(FALLOCATE).invokeExact(descriptor, 0L, sizeBytes);
      } while (error == EINTR);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("posix_fallocate(3) could not be called", e);
    }
    if (error != 0 && error != EOPNOTSUPP && error != EINVAL && error != ENOSYS) {
      throw fault(name + ": no space could be taken for " + sizeBytes + " bytes", error);
    }
  }

  /// Whether a file's blocks are written elsewhere each time (statfs(2)), so that a store into a mapped file takes
  /// space, whatever was allocated for it, and is a SIGBUS where there is none. False where that is unknown.
  static boolean copiesOnWrite(Path folder) {
    MethodHandle statfs = STATFS;
    if (statfs == null) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment told = arena.allocate(STATFS_BYTES, Long.BYTES);
      if ((int) statfs.invokeExact(arena.allocateFrom(folder.toString()), told) != 0) {
        return false;
      }
      long magic = Integer.toUnsignedLong((int) told.get(ValueLayout.JAVA_LONG, 0));
      return magic == BTRFS_MAGIC || magic == BCACHEFS_MAGIC;
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("statfs(2) could not be called", e);
    }
  }

  /// sync_file_range(2): begins to write a part of a file back, and waits for nothing but a busy disk. It makes nothing
  /// durable, and takes no error away from the fdatasync that does; so what it answers does not matter.
  static void beginWriteback(int descriptor, long fromBytes, long bytes) {
    MethodHandle syncFileRange = SYNC_FILE_RANGE;
    if (syncFileRange != null) {
      try {
        int ignored = (int) syncFileRange.invokeExact(descriptor, fromBytes, bytes, SYNC_FILE_RANGE_WRITE);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("sync_file_range(2) could not be called", e);
      }
    }
  }

  /// The one place where a number of the kernel becomes a fault of ours.
  static IOException fault(String what, int error) {
    return switch (error) {
      case ENOSPC -> new NoSpaceException(what + ": the file system is full (ENOSPC)");
      case EDQUOT -> new NoSpaceException(what + ": the quota is used up (EDQUOT)");
      case EMFILE -> new TooFewDescriptorsException(what
          + ": this process has as many files open as it may (EMFILE). Raise its limit (LimitNOFILE=, ulimit -n)",
          null);
      case ENFILE -> new TooFewDescriptorsException(
          what + ": the system has as many files open as it may (ENFILE, fs.file-max)", null);
      default -> new IOException(what + ": error " + error + " of the system");
    };
  }
}
