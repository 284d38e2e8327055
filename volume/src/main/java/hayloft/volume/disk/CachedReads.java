package hayloft.volume.disk;

import hayloft.common.directory.FileDescriptors;
import hayloft.common.directory.TooFewDescriptorsException;
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
import org.jspecify.annotations.Nullable;

/// Reads of one file that are answered from the page cache or not at all: preadv2(2) with `RWF_NOWAIT`, Linux only;
/// elsewhere no read is ever answered. Thread-safe, but not to be closed under a reader.
///
/// It has a descriptor of its own, since a FileChannel does not show its. Only called on platform threads.
final class CachedReads {
  private static final int RWF_NOWAIT = 8;
  private static final int O_CLOEXEC = 0x80000;
  private static final long IOV_LENGTH_AT = 8;
  private static final long IOV_BYTES = 16;
  private static final boolean LINUX = System.getProperty("os.name").equals("Linux");
  private static final @Nullable MethodHandle OPEN = function("open",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
      Linker.Option.firstVariadicArg(2));
  private static final @Nullable MethodHandle CLOSE = function("close",
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle PREADV2 = function("preadv2",
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT,
          ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
  private static final ThreadLocal<MemorySegment> IOVEC = ThreadLocal.withInitial(
      () -> Arena.ofAuto()
          .allocate(MemoryLayout.sequenceLayout(IOV_BYTES, ValueLayout.JAVA_BYTE).withByteAlignment(8)));

  /// Answers nothing.
  static final CachedReads NONE = new CachedReads(-1);

  private final int descriptor;
  /// A descriptor's number is soon another file's. For assertions.
  private volatile boolean closed;

  private CachedReads(int descriptor) {
    this.descriptor = descriptor;
  }

  /// A handle in a constant of its own, not in an Optional: the compiler inlines only calls of handles that it knows.
  private static @Nullable MethodHandle function(String name, FunctionDescriptor shape, Linker.Option... options) {
    Optional<MemorySegment> symbol = LINUX ? Linker.nativeLinker().defaultLookup().find(name) : Optional.empty();
    return symbol.isPresent() ? Linker.nativeLinker().downcallHandle(symbol.get(), shape, options) : null;
  }

  static CachedReads open(Path path) {
    MethodHandle open = OPEN;
    if (open == null || PREADV2 == null || CLOSE == null) {
      return NONE;
    }
    try (Arena arena = Arena.ofConfined()) {
      return new CachedReads((int) open.invokeExact(arena.allocateFrom(path.toString()), O_CLOEXEC));
    } catch (Throwable e) {
      throw new IllegalStateException("open(2) could not be called", e);
    }
  }

  /// Takes the descriptor. Where it cannot be read from in this way no read is ever answered.
  static CachedReads of(int descriptor) {
    return new CachedReads(descriptor);
  }

  /// @throws TooFewDescriptorsException if the descriptor is one that is kept for the catalog
  ///   ([FileDescriptors#isKept])
  void requireFree(Path path) throws TooFewDescriptorsException {
    if (FileDescriptors.isKept(descriptor)) {
      throw new TooFewDescriptorsException(path
          + " is not opened: the last file descriptors of this process are kept for the catalog. Raise its limit "
          + "(LimitNOFILE=, ulimit -n)",
          null);
    }
  }

  /// The file under whatever name it has by now; empty where there is no such path.
  Optional<Path> descriptorPath() {
    return descriptor < 0 ? Optional.empty() : Optional.of(Path.of("/proc/self/fd/" + descriptor));
  }

  /// @param into direct
  boolean read(ByteBuffer into, long atBytes) {
    MethodHandle preadv2 = PREADV2;
    if (descriptor < 0 || preadv2 == null) {
      return false;
    }
    assert !closed : "a file is read after its end";
    assert into.isDirect() : "read into the heap, which may move";
    assert !Thread.currentThread().isVirtual() : "called on " + Thread.currentThread();
    MemorySegment target = MemorySegment.ofBuffer(into);
    MemorySegment iovec = IOVEC.get();
    iovec.set(ValueLayout.JAVA_LONG, 0, target.address());
    iovec.set(ValueLayout.JAVA_LONG, IOV_LENGTH_AT, into.remaining());
    try {
      long count = (long) preadv2.invokeExact(descriptor, iovec, 1, atBytes, RWF_NOWAIT);
      assert count <= into.remaining() : count + " bytes in room for " + into.remaining();
      return count == into.remaining();
    } catch (Throwable e) {
      throw new IllegalStateException("preadv2(2) could not be called", e);
    }
  }

  /// Begins to write a part of the file back.
  void beginWriteback(long fromBytes, long bytes) {
    if (descriptor >= 0) {
      SystemCalls.beginWriteback(descriptor, fromBytes, bytes);
    }
  }

  void close() {
    MethodHandle close = CLOSE;
    if (descriptor >= 0 && close != null) {
      assert !closed : "a file is closed twice";
      closed = true;
      try {
        int ignored = (int) close.invokeExact(descriptor);
      } catch (Throwable e) {
        throw new IllegalStateException("close(2) could not be called", e);
      }
    }
  }
}
